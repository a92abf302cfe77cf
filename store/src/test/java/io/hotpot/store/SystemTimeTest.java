package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SystemTimeTest {

  private final SystemTime time = new SystemTime();

  @Test
  void timeThatCountsSuspensionIsUsedWhereNativeAccessIsEnabled() {
    assertThat(SystemTime.countsSuspension())
        .isEqualTo(
            System.getProperty("os.name").equals("Linux")
                && SystemTime.class.getModule().isNativeAccessEnabled());
  }

  @Test
  void neverRunsBackwardsAndDoesNotStandStill() {
    long first = time.bootNs();
    long last = first;
    while (last == first) {
      long next = time.bootNs();
      assertThat(next).isGreaterThanOrEqualTo(last);
      last = next;
    }
    assertThat(last).isGreaterThan(first);
  }

  @Test
  void datesAreThoseThatWereGiven() {
    assertThat(new SystemTime(() -> 42).wallMs()).isEqualTo(42);
    assertThat(time.wallMs()).isGreaterThan(1_700_000_000_000L);
  }
}
