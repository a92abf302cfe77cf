package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WriteSetTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);

  @SuppressWarnings("NullAway") // No partition is looked at.
  private static Write write(long id, int payloadBytes) {
    return new Write(null, id, Write.Kind.UPDATE, new byte[payloadBytes], null);
  }

  /** Small sets are scanned, larger ones hashed; both beside a map that keeps insertion order. */
  @Test
  void itFindsWhatAMapWouldFind() {
    for (int round = 0; round < 2000; round++) {
      SplittableRandom random = new SplittableRandom(SEED * 100_000 + round);
      WriteSet set = new WriteSet();
      Map<Long, Write> model = new LinkedHashMap<>();
      int ids = 1 + random.nextInt(60);
      for (int step = random.nextInt(120); step > 0; step--) {
        // Ids that differ in high bits only fall into one place of a poor hash.
        long id = (long) random.nextInt(ids) << random.nextInt(3) * 20;
        Write present = model.get(id);
        if (present == null) {
          Write write = write(id, random.nextInt(9));
          set.add(write);
          model.put(id, write);
        } else if (random.nextInt(3) == 0) {
          set.remove(id);
          model.remove(id);
        } else {
          set.change(present, Write.Kind.DELETE, new byte[random.nextInt(9)], null);
        }
        checkSame(set, model, round);
      }
    }
  }

  private static void checkSame(WriteSet set, Map<Long, Write> model, int round) {
    List<Write> writes = new ArrayList<>();
    for (int i = 0; i < set.size(); i++) {
      writes.add(set.get(i));
    }
    assertThat(writes)
        .as("seed %s, round %s", SEED, round)
        .containsExactlyElementsOf(model.values());
    assertThat(set.recordBytes())
        .isEqualTo(model.values().stream().mapToLong(Write::recordBytes).sum());
    assertThat(set.isEmpty()).isEqualTo(model.isEmpty());
    for (long id = 0; id < 61; id++) {
      for (int shift = 0; shift < 60; shift += 20) {
        assertThat(set.find(id << shift)).isSameAs(model.get(id << shift));
      }
    }
  }
}
