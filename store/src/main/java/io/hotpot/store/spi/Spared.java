package io.hotpot.store.spi;

/**
 * The committer of what is appended: a node that has dropped its own copies of it already, so that
 * its owner need not ask it to.
 *
 * @param node its id; 0: nobody is spared
 * @param keptAs above 0: it keeps what it has written as copies, and is listed for them under this
 *     number, as by a fetch; 0: it keeps nothing
 */
public record Spared(int node, long keptAs) {

  public static final Spared NOBODY = new Spared(0, 0);
}
