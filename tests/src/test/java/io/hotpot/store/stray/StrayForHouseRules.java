package io.hotpot.store.stray;

import io.hotpot.tools.Main;

/** Stands where no class of the store may be and uses another module, for the test of that rule. */
public final class StrayForHouseRules {
  private StrayForHouseRules() {}

  /** What the store must not depend on. */
  public static Class<?> forbiddenDependency() {
    return Main.class;
  }
}
