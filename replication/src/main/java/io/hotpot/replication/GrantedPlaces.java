package io.hotpot.replication;

import io.hotpot.replication.RemoteMemory.Registration;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldLog.Pin;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * To whom an owner has told where records stand in its chunks, to be read there one-sidedly. Such a
 * chunk is not released before all of them have forgotten it: a read with a key that was taken back
 * would end the session.
 *
 * <p>Confined to the loop.
 */
final class GrantedPlaces {

  private record Granted(SortedSet<Integer> nodes, Pin pin) {}

  private final Surroundings node;
  private final HeldLog log;
  private final OwnChunks chunks;
  private final InvalidationRounds rounds;

  /** By the sequence of the chunk. */
  private final SortedMap<Integer, Granted> granted = new TreeMap<>();

  /** Of chunks that not everybody has forgotten yet. */
  private final List<Pin> forgetting = new ArrayList<>();

  /** Chunks that are about to be released: nothing more is granted in them. */
  private final SortedSet<Integer> retired = new TreeSet<>();

  GrantedPlaces(Surroundings node, HeldLog log, OwnChunks chunks, InvalidationRounds rounds) {
    this.node = node;
    this.log = log;
    this.chunks = chunks;
    this.rounds = rounds;
  }

  /** By what a node may read in the chunk of an address; null: it cannot, or not yet. */
  RemoteMemory.@Nullable Key keyFor(int reader, long address) {
    int sequence = LogAddress.sequence(address);
    if (address == 0 || !node.remote().reaches(reader) || retired.contains(sequence)) {
      return null;
    }
    Registration registration = chunks.of(sequence);
    Granted now = registration == null ? null : grantedIn(sequence);
    if (registration == null || now == null) {
      return null;
    }
    now.nodes.add(reader);
    return registration.key();
  }

  private @Nullable Granted grantedIn(int sequence) {
    Granted known = granted.get(sequence);
    if (known != null) {
      return known;
    }
    Pin pin = log.pin(sequence);
    if (pin == null) {
      return null;
    }
    Granted made = new Granted(new TreeSet<>(), pin);
    granted.put(sequence, made);
    return made;
  }

  /** A chunk is about to be released: once everybody has forgotten it, it may be. */
  void retired(int sequence) {
    retired.add(sequence);
    Granted known = granted.remove(sequence);
    if (known == null) {
      return;
    }
    if (known.nodes.isEmpty()) {
      known.pin.close();
    } else {
      Pin pin = known.pin;
      forgetting.add(pin);
      rounds.beginForgetting(
          known.nodes,
          sequence,
          () -> {
            forgetting.remove(pin);
            pin.close();
          });
    }
  }

  /** It is no part of the log any more. */
  void released(int sequence) {
    retired.remove(sequence);
  }

  /** A node knows nothing of what it was told in an earlier session. */
  void left(int reader) {
    granted.values().forEach(each -> each.nodes.remove(reader));
  }

  /** The log is not owned any more. */
  void end() {
    granted.values().forEach(each -> each.pin.close());
    granted.clear();
    forgetting.forEach(Pin::close);
    forgetting.clear();
  }
}
