/** The command line of Hotpot: {@code ./hotpot <command>}. */
@NullMarked
package io.hotpot.tools;

import org.jspecify.annotations.NullMarked;
