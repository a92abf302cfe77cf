package io.hotpot.replication;

import java.util.Locale;

/**
 * What a node of a cluster counts, from its start on. The one place where the counters are named:
 * {@code hotpot events --explain} prints these sentences. What is said to whom is counted besides,
 * by kind of message ({@link Traffic}).
 */
public enum ClusterCounter {
  // ---- reading what others own
  FETCHES_SENT(Group.COPIES, "objects asked of their owners"),
  FETCHES_AGAIN(Group.COPIES, "answers that might have been old already, and were asked for again"),
  FETCHES_ABSENT(Group.COPIES, "answers that there is no such object"),
  FETCHES_NOT_SERVED(Group.COPIES, "answers of a node that did not serve the partition"),
  FETCHES_UNREADABLE(Group.COPIES, "answers that the owner cannot read the object"),
  COPIES_INSTALLED(Group.COPIES, "copies of others' objects taken in"),
  COPIES_KEPT(Group.COPIES, "copies of what this node itself has written in others' partitions"),
  REPLICA_READS(Group.COPIES, "reads served by this node as a replica, in its own copy of the log"),
  PLACE_READS(Group.COPIES, "objects read in their owners' memory, which was not asked"),
  PLACE_READ_BYTES(Group.COPIES, "bytes brought by such reads, without a message"),
  PLACES_CHANGED(Group.COPIES, "of such reads, those that found something else: fetched"),
  PLACES_LOST(Group.COPIES, "those that failed, with their session: fetched"),
  PLACES_OUT_OF_REACH(Group.COPIES, "those that could not be begun: fetched"),
  COPIES_INVALIDATED(Group.COPIES, "objects whose copies owners have asked to be dropped"),
  COPIES_EVICTED(Group.COPIES, "copies that made room for others"),
  FETCHES_SERVED(Group.COPIES, "objects given to other nodes, as their owner"),
  FETCHES_HELD_UP(Group.COPIES, "fetches that waited for an object to be unlocked"),
  INVALIDATIONS_ASKED(Group.COPIES, "objects that this owner has asked sharers to drop, each"),

  // ---- committing, as the committer
  COMMITS_OF_ONE_OWNER(Group.COMMITS, "commits that concerned the partitions of one node"),
  COMMITS_OF_TWO_OWNERS(Group.COMMITS, "of two nodes"),
  COMMITS_OF_THREE_OWNERS(Group.COMMITS, "of three nodes"),
  COMMITS_OF_MORE_OWNERS(Group.COMMITS, "of four nodes or more"),
  COMMITS_CONFLICTING(Group.COMMITS, "attempts that ended without effect, and may be run again"),
  COMMITS_FAILED(Group.COMMITS, "attempts that the application was told of as an error"),
  ANSWERS_LOST(Group.COMMITS, "outcomes that had to be asked for, since the answer was lost"),

  // ---- acquiring objects exclusively
  LOCKS_ASKED(Group.LOCKS, "partitions asked to keep objects for a transaction of this node"),
  LOCKS_GIVEN(Group.LOCKS, "such questions granted by this node, as an owner"),
  LOCKS_WAITED_FOR(Group.LOCKS, "of them, those that had to wait for another transaction"),
  LOCKS_REFUSED(Group.LOCKS, "those that waited for too long"),
  LOCKS_WOUNDED(Group.LOCKS, "transactions of this node that gave way to an older one"),
  LOCKS_LOST(Group.LOCKS, "transactions of this node whose locks went with an owner or a session"),

  // ---- why a partition did not commit
  REFUSED_CONFLICT(Group.REFUSALS, "something that it read or writes was changed or is locked"),
  REFUSED_NOT_ENOUGH_REPLICAS(Group.REFUSALS, "fewer copies are in step than must be"),
  REFUSED_HEAP_FULL(Group.REFUSALS, "the owner's heap is full"),
  REFUSED_LOCK_LOST(Group.REFUSALS, "a lock that it had acquired is gone"),
  REFUSED_BUSY(Group.REFUSALS, "the owner has too much to do: asked again"),
  REFUSED_NOT_FOUND(Group.REFUSALS, "an object that it writes does not exist"),
  REFUSED_NOT_OWNER(Group.REFUSALS, "the partition has moved: asked again"),
  REFUSED_STAMP_TOO_LOW(Group.REFUSALS, "its stamp was too low: tried with a higher one"),
  REFUSED_FENCED(Group.REFUSALS, "somebody has asked for its outcome, and was told it never comes"),
  REFUSED_SNAPSHOT_TOO_OLD(Group.REFUSALS, "what a snapshot saw is gone"),
  REFUSED_UNREADABLE(Group.REFUSALS, "an object is damaged"),
  REFUSED_REFUSED(Group.REFUSALS, "anything else"),

  // ---- taking part, as an owner
  PARTS_COMMITTED(Group.COMMITS, "commits in one partition that this node owns"),
  PARTS_PREPARED(Group.COMMITS, "parts of larger transactions prepared here"),
  IN_DOUBT_ASKED(Group.COMMITS, "questions how a transaction ended that is prepared here"),
  IN_DOUBT_RESOLVED(Group.COMMITS, "answers to them by which one ended"),

  // ---- copies of logs
  APPENDS_SENT(Group.LOGS, "pieces of log sent to replicas in messages, as an owner"),
  APPENDED_BYTES_SENT(Group.LOGS, "bytes of log in them"),
  APPENDS_WRITTEN(Group.LOGS, "pieces of log written into replicas' memory by this owner itself"),
  APPENDED_BYTES_WRITTEN(Group.LOGS, "bytes of log in them"),
  ACKNOWLEDGEMENTS(Group.LOGS, "replicas' words that they have them"),
  APPENDS_TAKEN(Group.LOGS, "pieces of log taken from owners"),
  APPENDED_BYTES_TAKEN(Group.LOGS, "bytes of log in them"),
  APPENDS_TAKEN_IN_PLACE(Group.LOGS, "of them, those that the owner had written here itself"),
  APPENDED_BYTES_TAKEN_IN_PLACE(Group.LOGS, "bytes of log in them, which this node did not copy"),
  RECORD_BYTES_COPIED(
      Group.LOGS,
      "bytes of log and objects copied here from one buffer to another between logs and messages"),
  CATCH_UPS(Group.LOGS, "logs that were brought in step here"),
  CATCH_UP_BYTES_SENT(Group.LOGS, "bytes of chunks given to nodes that catch up"),
  CATCH_UP_BYTES_TAKEN(Group.LOGS, "bytes of chunks copied to catch up"),

  // ---- who owns what
  PROMOTIONS(Group.OWNERSHIP, "partitions that this node began to own and serve"),
  MIGRATIONS(Group.OWNERSHIP, "partitions given to another node"),
  MIGRATION_NOT_SERVED(Group.OWNERSHIP, "migrations refused: the partition is not served here"),
  MIGRATION_UNDER_WAY(Group.OWNERSHIP, "refused: it is being handed over already"),
  MIGRATION_NOT_IN_SYNC(Group.OWNERSHIP, "refused: the target does not have a whole copy"),
  MIGRATION_UNSETTLED(Group.OWNERSHIP, "given up: what was in flight did not settle in 100 ms"),
  MIGRATION_UNEQUAL(Group.OWNERSHIP, "given up: the target's log was not equal"),
  MIGRATION_TARGET_LEFT(Group.OWNERSHIP, "given up: the target left the in-sync set"),
  POLICY_TOO_SOON(Group.OWNERSHIP, "migrations by policy put off: the partition has moved lately"),

  // ---- membership
  JOINS(Group.MEMBERSHIP, "incarnations of this node"),
  LEASE_RENEWALS(Group.MEMBERSHIP, "renewals of its lease"),
  LEASE_LOSSES(Group.MEMBERSHIP, "times that it had to stop serving"),
  SESSIONS_BEGUN(Group.MEMBERSHIP, "sessions with other nodes"),
  SESSIONS_ENDED(Group.MEMBERSHIP, "of which have ended"),
  CONFIGURATIONS(Group.MEMBERSHIP, "changes of the cluster that it was told of");

  /** Under which heading a counter is shown. */
  public enum Group {
    COPIES("copies of others' objects"),
    COMMITS("commits"),
    LOCKS("exclusive locks"),
    REFUSALS("why partitions did not commit"),
    LOGS("copies of logs"),
    OWNERSHIP("ownership"),
    MEMBERSHIP("membership");

    private final String title;

    Group(String title) {
      this.title = title;
    }

    public String title() {
      return title;
    }
  }

  private final Group group;
  private final String meaning;
  private final String key;

  ClusterCounter(Group group, String meaning) {
    this.group = group;
    this.meaning = meaning;
    this.key = camelCase(name());
  }

  private static String camelCase(String constant) {
    StringBuilder key = new StringBuilder();
    for (String word : constant.toLowerCase(Locale.ROOT).split("_", -1)) {
      key.append(
          key.isEmpty() ? word : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
    }
    return key.toString();
  }

  /** Its name in the output of commands, such as {@code fetchesSent}. */
  public String key() {
    return key;
  }

  public Group group() {
    return group;
  }

  /** A phrase that says what is counted. */
  public String meaning() {
    return meaning;
  }
}
