package io.hotpot.sim;

import io.hotpot.store.spi.Chance;
import java.util.SplittableRandom;

/** Random numbers of one node, drawn from the seed. */
record SimChance(SplittableRandom random) implements Chance {

  @Override
  public long nextLong(long bound) {
    return random.nextLong(bound);
  }
}
