/** {@code hotpot bench}: measures of the store beside the limits of the machine. */
@NullMarked
package io.hotpot.tools.bench;

import org.jspecify.annotations.NullMarked;
