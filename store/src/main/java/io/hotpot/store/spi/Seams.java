package io.hotpot.store.spi;

import java.util.Objects;

/** All that comes to a node from outside but memory and messages: time, chance and threads. */
public record Seams(Time time, Chance chance, Threads threads) {

  public Seams {
    Objects.requireNonNull(time, "time");
    Objects.requireNonNull(chance, "chance");
    Objects.requireNonNull(threads, "threads");
  }
}
