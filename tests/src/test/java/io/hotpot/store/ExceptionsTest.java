package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExceptionsTest {
  @Test
  void everyExceptionIsAHotpotException() {
    assertThat(HotpotException.class.getPermittedSubclasses())
        .isNotEmpty()
        .allMatch(c -> HotpotException.class.isAssignableFrom(c));
  }
}
