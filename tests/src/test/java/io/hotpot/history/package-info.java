/** Checks what concurrent transactions saw against strict serializability and opacity. */
@NullMarked
package io.hotpot.history;

import org.jspecify.annotations.NullMarked;
