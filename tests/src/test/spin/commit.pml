/*
 * The commit and promotion core of docs/PROTOCOL.md, for three nodes and at most one fault. Numbers in comments are its steps.
 *
 * Partition P (object x, the home) is owned by node 0, partition Q (object y) by node 1; node 2 is the replica of both. The
 * application on node 1 commits S (x := 1, one partition), then T (x := 2 and y := 2, two partitions). A reader on node READER
 * reads both objects in a read-only transaction: its own partition's in place, the other's through a cached copy. One node may
 * crash, or be slow: its lease ends while it runs on for as long as it likes (a paused node that awakes is one of these).
 *
 * What is checked
 *   - the reader sees (0,0), (1,0) or (2,2), and never less than what was acknowledged before its transaction began: strict
 *     serializability, no stale copy served;
 *   - T is never decided in two ways;
 *   - when nothing can move any more: no object is locked, all that was acknowledged is there, T is in both partitions or in
 *     none, both partitions are served, and everybody has an answer.
 *
 * Left out: a second fault, nodes that come back, in-sync sets that grow, locks of reads (readlock.pml), the medium.
 *
 * A seat is one node's ownership of a partition in one epoch: seats 0 and 1 those of the start, 2 and 3 those of node 2 after a
 * promotion. Messages are variables: they take as long as they like, since nothing makes the receiver look, and outlive their
 * sender. Order is kept only where the code relies on it (PREPARE before its decision; a log).
 *
 * Configurations: NO_READER, or READER 0 or 1 with WITHOUT_S or WITHOUT_T. Each BUG_ plants one bug; SpinModelTest runs them all.
 */

#ifndef READER
#define READER 0
#endif
/* When a participant asks the home: any time, or, with a reader, when it must; else there are too many states. */
#ifdef NO_READER
#define NEED_ASK true
#else
#define NEED_ASK (excluded[1] || PROMOTED(seat) || epoch[P])
#endif

#define P 0
#define Q 1
#define PARTITION(seat) ((seat) % 2)
#define PROMOTED(seat)  ((seat) / 2)
#define NODE(seat)      ((seat) < 2 -> (seat) : 2)
#define SEAT(partition) ((partition) + 2 * epoch[partition])
#define LOCAL           READER          /* the partition that the reader's node owns at the start */
#define REMOTE          (1 - READER)

/* Batches in a log; their order in every log is that of their numbers. */
#define S       1
#define PREPARE 2
#define COMMIT  4
#define ABORT   8

#define FREE     0
#define PENDING  1
#define PREPARED 2

/* The dispatcher: decided by Raft. */
bit epoch[2];
bit excluded[3];

/* Nodes. */
bit crashed[3];
bit leased[3] = 1;  /* by the holder's clock */

/* Seats. The log of seats 2 and 3 is node 2's log from the start, when it is a replica. */
byte log[4];
byte word[4];
byte value[4];
bit serving[4];
bit lists[4];       /* the reader's node is listed as a sharer */
byte sent[2];       /* batches that the first owner has sent to node 2 */
bit promised[2];    /* node 2 has promised the new epoch */

/* Messages to and from seats. */
bit commitS[4];
bit doneS;
bit prepare[4];
byte vote[4];       /* 1 yes, 2 no */
bit decide[4];
byte decided[4];    /* the home's answer: COMMIT or ABORT */
byte tell[4];       /* decision for a participant: COMMIT or ABORT */
bit ask[4];         /* a participant in doubt asks the home */
byte answer[4];
byte invalidate[4]; /* 1 sent, 2 acknowledged */

/* The reader's node. */
bit known[2];       /* epochs it has seen */
bit hasCopy;
byte copied;
byte fetch;         /* 1 asked, 2 answered */
byte fetchSeat;
byte fetched;
bit poisoned;
bit noted;          /* the transaction has read the copy */
bit doomed;

/* Ghosts: what an observer outside knows. */
byte known_to_world; /* 0: nothing, 1: S, 2: T */
byte outcome;
bit coordinatorDone;
bit readerDone;
bit faultDone;


inline learn(version) {
  if
  :: version > known_to_world -> known_to_world = version
  :: else
  fi
}

inline decideT(kind) {
  assert(outcome == 0 || outcome == kind);
  outcome = kind
}

/* 6.3: node 2 has acknowledged, or the dispatcher has taken it out; a promoted owner is alone. */
#ifdef BUG_ACKNOWLEDGE_BEFORE_REPLICA
#define REPLICATED(seat, kind) true
#else
#define REPLICATED(seat, kind) \
  (PROMOTED(seat) || (log[2 + PARTITION(seat)] & kind) || excluded[2])
#endif

#ifdef BUG_SKIP_INVALIDATION_ACK
#define UNSHARED(seat) true
#else
#define UNSHARED(seat) (invalidate[seat] != 1 || excluded[READER])
#endif

inline append(seat, kind) {
  log[seat] = log[seat] | kind;
  if
  :: !PROMOTED(seat) -> sent[PARTITION(seat)] = sent[PARTITION(seat)] | kind
  :: else
  fi
}

/* 6.2: lock and append, then list the sharers; 6.3. */
inline lockAppendInvalidate(seat, tag, kind) {
#ifdef BUG_LIST_BEFORE_LOCK
  isListed = lists[seat];
  atomic { word[seat] = tag; append(seat, kind) }
#else
  atomic { word[seat] = tag; append(seat, kind) }
  isListed = lists[seat];
#endif
  if
  :: isListed -> atomic { lists[seat] = 0; invalidate[seat] = 1; isListed = 0 }
  :: else
  fi;
  atomic { REPLICATED(seat, kind) && UNSHARED(seat); invalidate[seat] = 0 }
}

/* The owner of a partition. Seats are the first processes after init, hence the process id. */
proctype Seat(byte seat) provided (!crashed[NODE(_pid - 1)]) {
  bit isListed;
  byte asker;
  /* 10: promotion */
  if
  :: PROMOTED(seat) ->
end_replica:
    epoch[PARTITION(seat)] == 1;
    promised[PARTITION(seat)] = 1;
#ifndef BUG_NO_EPOCH_SEEN
    /* 10.5 */
    known[PARTITION(seat)] || excluded[READER];
#endif
    atomic {
      if
      :: log[seat] & COMMIT -> value[seat] = 2
      :: !(log[seat] & COMMIT) && (log[seat] & S) -> value[seat] = 1
      :: else
      fi;
      if
      :: (log[seat] & PREPARE) && !(log[seat] & (COMMIT | ABORT)) ->
#ifdef BUG_FORGET_PREPARED
        skip
#else
        if
        :: PARTITION(seat) == P -> log[seat] = log[seat] | ABORT; decideT(ABORT)
        :: else -> word[seat] = PREPARED
        fi
#endif
      :: (log[seat] & COMMIT) && PARTITION(seat) == P -> decideT(COMMIT)
      :: else
      fi;
      serving[seat] = 1
    }
  :: else -> serving[seat] = 1
  fi;

end_idle:
  do
  /* 8.1 */
  :: atomic { commitS[seat] -> commitS[seat] = 0 }
    lockAppendInvalidate(seat, PENDING, S);
    atomic { value[seat] = 1; word[seat] = FREE; doneS = 1 }

  /* 8.2.2 */
  :: atomic { prepare[seat] && (word[seat] != FREE || (log[seat] & ABORT)) -> prepare[seat] = 0; vote[seat] = 2 }
  :: atomic { prepare[seat] && word[seat] == FREE && !(log[seat] & ABORT) -> prepare[seat] = 0 }
    lockAppendInvalidate(seat, PREPARED, PREPARE);
    vote[seat] = 1

  /* 8.2.4 */
  :: atomic { decide[seat] -> decide[seat] = 0;
      if
      :: log[seat] & COMMIT
#ifdef BUG_COMMIT_WITHOUT_PREPARE
      :: else -> append(seat, COMMIT)
#else
      :: !(log[seat] & COMMIT) && word[seat] == PREPARED -> append(seat, COMMIT)
      :: !(log[seat] & COMMIT) && word[seat] != PREPARED -> append(seat, ABORT)
#endif
      fi }
    if
    :: atomic { (log[seat] & COMMIT) && REPLICATED(seat, COMMIT) ->
        decideT(COMMIT); value[seat] = 2; word[seat] = FREE; decided[seat] = COMMIT }
    :: atomic { !(log[seat] & COMMIT) && REPLICATED(seat, ABORT) -> decideT(ABORT); decided[seat] = ABORT }
    fi

  /* 8.2.6; the session keeps the order of PREPARE and its decision */
  :: atomic { tell[seat] && !prepare[seat] ->
      if
      :: word[seat] == PREPARED && tell[seat] == COMMIT -> append(seat, COMMIT); value[seat] = 2; word[seat] = FREE
      :: word[seat] == PREPARED && tell[seat] == ABORT -> append(seat, ABORT); word[seat] = FREE
      :: else
      fi;
      tell[seat] = 0 }

  /* 9.1 */
  :: PARTITION(seat) == Q && NEED_ASK && word[seat] == PREPARED && !tell[seat] && !ask[seat] && !answer[seat] ->
    ask[seat] = 1
  :: atomic { answer[seat] ->
      if
      :: word[seat] == PREPARED && answer[seat] == COMMIT -> append(seat, COMMIT); value[seat] = 2; word[seat] = FREE
      :: word[seat] == PREPARED && answer[seat] == ABORT -> append(seat, ABORT); word[seat] = FREE
      :: else
      fi;
      answer[seat] = 0 }

  /* 9.2 */
  :: atomic { PARTITION(seat) == P && (ask[1] || ask[3]) ->
      if
      :: ask[1] -> asker = 1
      :: else -> asker = 3
      fi;
      ask[asker] = 0;
      if
      :: log[seat] & COMMIT -> answer[asker] = COMMIT
      :: else ->
#ifdef BUG_DECIDE_TWICE
        answer[asker] = ABORT; decideT(ABORT)
#else
        append(seat, ABORT);
        if
        :: word[seat] == PREPARED -> word[seat] = FREE
        :: else
        fi
#endif
      fi }
#ifndef BUG_DECIDE_TWICE
    if
    :: log[seat] & COMMIT
    :: atomic { !(log[seat] & COMMIT) && REPLICATED(seat, ABORT) -> decideT(ABORT); answer[asker] = ABORT }
    fi
#endif

  /* 9.2: the home resolves itself when the coordinator is excluded */
  :: atomic { PARTITION(seat) == P && excluded[1] && word[seat] == PREPARED && !decide[seat] ->
      append(seat, ABORT); word[seat] = FREE }
    atomic { REPLICATED(seat, ABORT) -> decideT(ABORT) }
  od
}

/* 6.5: node 2 as a replica, first-in first-out. */
#ifdef BUG_OLD_EPOCH
#define ACCEPTS(partition) true
#else
#define ACCEPTS(partition) (!promised[partition])
#endif

proctype Replica(byte partition) provided (!crashed[2]) {
  byte next;
end_replica:
  do
  :: atomic {
      (sent[partition] & ~log[2 + partition]) && ACCEPTS(partition) ->
      if
      :: sent[partition] & S & ~log[2 + partition] -> next = S
      :: else ->
        if
        :: sent[partition] & PREPARE & ~log[2 + partition] -> next = PREPARE
        :: else -> next = sent[partition] & (COMMIT | ABORT) & ~log[2 + partition]
        fi
      fi;
      log[2 + partition] = log[2 + partition] | next;
      next = 0 }
  od
}

#define CAN_ANSWER (fetch == 1 && serving[fetchSeat] && word[fetchSeat] == FREE && !crashed[NODE(fetchSeat)])

/* 7.2: answers fetches: lists the sharer, then looks at the word. */
proctype FetchServer() {
end_idle:
  do
  :: atomic { CAN_ANSWER -> lists[fetchSeat] = 1 }
    atomic {
      if
      :: CAN_ANSWER -> fetched = value[fetchSeat]; fetch = 2
      :: else
      fi
    }
  od
}

inline dropCopy() {
  hasCopy = 0;
  copied = 0;
  if
  :: noted -> doomed = 1
  :: else
  fi;
#ifndef BUG_NO_POISON
  if
  :: fetch != 0 -> poisoned = 1
  :: else
  fi
#endif
}

/* What the reader's node hears: invalidations (7.4), epochs (7.12), replies (7.3). */
proctype Ear() provided (!crashed[READER]) {
end_idle:
  do
  :: atomic { invalidate[REMOTE] == 1 -> dropCopy(); invalidate[REMOTE] = 2 }
  :: atomic { invalidate[2 + REMOTE] == 1 -> dropCopy(); invalidate[2 + REMOTE] = 2 }
  :: atomic { epoch[REMOTE] && !known[REMOTE] -> known[REMOTE] = 1; dropCopy() }
  :: atomic { fetch == 2 ->
      if
      :: !poisoned && PROMOTED(fetchSeat) == known[REMOTE] -> hasCopy = 1; copied = fetched
      :: else
      fi;
      fetch = 0; poisoned = 0; fetched = 0; fetchSeat = 0 }
  :: atomic { fetch == 1 && PROMOTED(fetchSeat) != known[REMOTE] -> fetch = 0; poisoned = 0; fetchSeat = 0 }
  od
}

inline readRemote() {
  do
  :: atomic { hasCopy -> noted = 1; other = copied; break }
  :: atomic { !hasCopy && fetch == 0 -> fetch = 1; fetchSeat = REMOTE + 2 * known[REMOTE]; poisoned = 0 }
  :: !leased[READER] -> goto gone
  od
}

inline readLocal() {
  if
  :: atomic { word[LOCAL] != PREPARED -> own = value[LOCAL] }
  :: !leased[READER] -> goto gone
  fi
}

/* A read-only transaction, tried until it succeeds. At the start there is a copy in the cache. */
proctype Reader() provided (!crashed[READER]) {
  byte own, other, before;
  noted = 0;
again:
#ifdef BUG_LEASE_BEFORE_READS
  if
  :: leased[READER]
  :: else -> goto gone
  fi;
#endif
  atomic { noted = 0; doomed = 0; own = 0; other = 0; before = known_to_world }
  if
  :: readRemote(); readLocal()
  :: readLocal(); readRemote()
  fi;
  /* 7.8 */
  if
  :: doomed -> goto again
  :: else
  fi;
  if
  :: word[LOCAL] == PREPARED || value[LOCAL] != own -> goto again
  :: else
  fi;
  /* The last look and the answer are one step: nothing that comes between can change the answer. */
  atomic {
#if !defined(BUG_SERVE_PAST_LEASE) && !defined(BUG_LEASE_BEFORE_READS)
    if
    :: leased[READER]
    :: else -> goto gone
    fi;
#endif
#if READER == 0
    assert((own == 0 && other == 0) || (own == 1 && other == 0) || (own == 2 && other == 2));
    assert(own >= before);
    learn(own)
#else
    assert((own == 0 && other == 0) || (own == 0 && other == 1) || (own == 2 && other == 2));
    assert(other >= before);
    learn(other)
#endif
  }
gone:
  atomic { readerDone = 1; own = 0; other = 0; before = 0; noted = 0; doomed = 0 }
}

/* 8.2.3: the owner changed before it voted. */
#define VOTELESS(seat, partition) (!vote[seat] && epoch[partition] != PROMOTED(seat))

/* The application and the coordinator on node 1. */
proctype Coordinator() provided (!crashed[1]) {
  byte p, q;
#ifndef WITHOUT_S
  /* S; 9.3 when there is no answer */
  atomic { p = SEAT(P); commitS[p] = 1 }
  if
  :: atomic { doneS -> learn(1) }
  :: atomic { epoch[P] != PROMOTED(p) && serving[2] ->
      if
      :: log[2] & S -> learn(1)
      :: else
      fi }
  fi;
#endif

#ifndef WITHOUT_T
  /* T */
  atomic { p = SEAT(P); q = SEAT(Q); prepare[p] = 1; prepare[q] = 1 }
  if
  :: vote[p] == 1 && vote[q] == 1 ->
    decide[p] = 1;
waiting:
    if
    :: atomic { decided[p] == COMMIT -> learn(2); tell[q] = COMMIT }
    :: atomic { decided[p] == ABORT -> tell[q] = ABORT }
    :: atomic { epoch[P] != PROMOTED(p) && !decided[p] -> p = SEAT(P); decide[p] = 1; goto waiting }
    fi
  :: atomic { vote[p] == 2 || vote[q] == 2 || VOTELESS(p, P) || VOTELESS(q, Q) ->
      decideT(ABORT); tell[p] = ABORT; tell[q] = ABORT }
  fi;
#endif
  atomic { coordinatorDone = 1; p = 0; q = 0 }
}

/* One fault, or none, at any time. */
proctype Fault() {
  byte victim;
  if
  :: goto over
  :: victim = 0
  :: victim = 1
  :: victim = 2
  fi;
  if
  :: skip                     /* slow */
  :: crashed[victim] = 1
  fi;
#ifndef BUG_EXCLUDE_EARLY
  leased[victim] = 0;
#endif
  /* 5.4 */
  atomic {
    excluded[victim] = 1;
    if
    :: victim < 2 -> epoch[victim] = 1
    :: else
    fi
  }
#ifdef BUG_EXCLUDE_EARLY
  leased[victim] = 0;
#endif
over:
  atomic { faultDone = 1; victim = 0 }
}

/* When nothing else can move. */
proctype Final() {
  timeout;
  atomic {
    assert(faultDone);
    assert(coordinatorDone || excluded[1]);
    assert(readerDone || excluded[READER]);
    assert(serving[SEAT(P)] && serving[SEAT(Q)]);
    assert(word[SEAT(P)] == FREE && word[SEAT(Q)] == FREE);
    assert((value[SEAT(P)] == 2) == (value[SEAT(Q)] == 2));
    assert(value[SEAT(P)] >= known_to_world);
    assert(outcome != COMMIT || value[SEAT(P)] == 2)
  }
}

init {
  atomic {
    hasCopy = 1;
    lists[REMOTE] = 1;
    run Seat(0); run Seat(1); run Seat(2); run Seat(3);
    run Replica(P); run Replica(Q);
#ifdef NO_READER
    run Ear();
    readerDone = 1;
#else
    run FetchServer(); run Ear(); run Reader();
#endif
    run Coordinator(); run Fault(); run Final()
  }
}
