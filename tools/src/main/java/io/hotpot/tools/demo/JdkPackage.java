package io.hotpot.tools.demo;

import io.hotpot.store.Ref;
import java.util.Map;

/**
 * The classes of one package of one module: the way to find a class by its name.
 *
 * @param linked whether its classes refer to one another yet
 */
record JdkPackage(String name, Map<String, Ref<JdkClass>> classes, boolean linked) {}
