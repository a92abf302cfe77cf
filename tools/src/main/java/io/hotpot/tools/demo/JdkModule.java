package io.hotpot.tools.demo;

import io.hotpot.store.Ref;
import java.util.Map;

/** A module of the JDK; each is a named root of the dataset. */
record JdkModule(String name, Map<String, Ref<JdkPackage>> packages) {}
