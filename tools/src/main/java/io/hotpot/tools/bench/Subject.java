package io.hotpot.tools.bench;

import io.hotpot.store.Durability;
import java.io.IOException;
import java.nio.file.Path;

/** What is measured: opens stores of one kind. */
interface Subject {

  /** The name under which Hotpot itself appears beside its peers. */
  String HOTPOT = "Hotpot";

  /** Opens a store, or makes it. */
  ItemStore open(Path directory, Durability durability) throws IOException;

  /** Makes the threads of measures with many committers. */
  Thread.Builder committers();

  /** Hotpot, or the peer of that name. */
  static Subject of(String name) {
    return name.equals(HOTPOT) ? new Own() : new Other(PeerKind.of(name));
  }

  /** Hotpot: its committers are virtual threads, as in a server written today. */
  record Own() implements Subject {
    @Override
    public ItemStore open(Path directory, Durability durability) {
      return new HotpotItems(directory, durability);
    }

    @Override
    public Thread.Builder committers() {
      return Thread.ofVirtual();
    }
  }

  /** A peer: most hold monitors or wait in native code, which would pin virtual threads. */
  record Other(PeerKind kind) implements Subject {
    @Override
    public ItemStore open(Path directory, Durability durability) throws IOException {
      return new PeerItems(kind, directory, durability == Durability.POWER);
    }

    @Override
    public Thread.Builder committers() {
      return Thread.ofPlatform();
    }
  }
}
