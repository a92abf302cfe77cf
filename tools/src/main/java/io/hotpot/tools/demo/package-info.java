/** {@code hotpot demo}: the JDK's own classes as a graph of persistent objects. */
@NullMarked
package io.hotpot.tools.demo;

import org.jspecify.annotations.NullMarked;
