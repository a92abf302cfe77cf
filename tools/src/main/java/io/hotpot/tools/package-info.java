/** The command line of Hotpot for Java. */
@NullMarked
package io.hotpot.tools;

import org.jspecify.annotations.NullMarked;
