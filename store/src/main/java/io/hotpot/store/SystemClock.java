package io.hotpot.store;

/** The machine's clock. The one place where the store reads it. */
final class SystemClock implements StoreClock {
  @Override
  public long nowMs() {
    return System.currentTimeMillis();
  }
}
