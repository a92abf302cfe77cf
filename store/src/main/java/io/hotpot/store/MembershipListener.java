package io.hotpot.store;

/**
 * Is told what becomes of the members of a cluster; see {@link Hotpot#addMembershipListener}.
 *
 * <p>Each listener has a thread of its own, and is told one thing after the other. It may take its
 * time, and use the store. What it throws is told to the log, and the next thing comes.
 */
public interface MembershipListener {

  void changed(MembershipEvent event);
}
