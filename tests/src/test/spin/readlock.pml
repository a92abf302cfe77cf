/*
 * Locks of reads in docs/PROTOCOL.md (8.2.2, 10.6): two transactions that could skew one another, and an owner that crashes.
 *
 * T1 reads x and writes y, T2 reads y and writes x; both have read the old versions. Partition P holds x and is owned by node 0, Q
 * holds y and is owned by node 1; node 2 is the replica of both and does not fail. The home of each transaction is the partition that it
 * writes. At most one owner crashes. Never may both commit, and no lock may stay.
 */

#define P 0
#define Q 1

#define COMMIT 1
#define ABORT  2

/* By partition. A bit of a mask is one transaction. */
bit promoted[2];
bit crashed[2];
bit serving[2] = 1;
byte reading[2];        /* mask: shared locks at the present owner */
byte writing[2];        /* mask: exclusive lock */
byte loggedReads[2];    /* mask: at node 2 */
byte loggedWrites[2];
bit changed[2];         /* the object has a new version */

byte outcome[2];
byte finished;

#define SERVED(partition) (serving[partition] && (promoted[partition] || !crashed[partition]))

inline lockRead(self, partition) {
  atomic {
    SERVED(partition);
    owner = promoted[partition];
    if
    :: (writing[partition] & ~self) || changed[partition] -> goto abort
    :: else -> reading[partition] = reading[partition] | self
    fi
  }
  atomic {
    if
    :: promoted[partition] == owner && serving[partition] -> loggedReads[partition] = loggedReads[partition] | self
    :: promoted[partition] != owner -> goto abort
    fi
  }
}

inline lockWrite(self, partition) {
  atomic {
    SERVED(partition);
    owner = promoted[partition];
    if
    :: (writing[partition] & ~self) || (reading[partition] & ~self) -> goto abort
    :: else -> writing[partition] = writing[partition] | self
    fi
  }
  atomic {
    if
    :: promoted[partition] == owner && serving[partition] -> loggedWrites[partition] = loggedWrites[partition] | self
    :: promoted[partition] != owner -> goto abort
    fi
  }
}

/* The coordinator of T1 (number 0) or T2; its node does not fail. */
proctype Transaction(byte number) {
  byte self, reads, writes;
  bit owner;
  atomic { self = 1 << number; reads = number; writes = 1 - number }
  if
  :: lockRead(self, reads); lockWrite(self, writes)
  :: lockWrite(self, writes); lockRead(self, reads)
  fi;
  /* 8.2.4: only while the home holds its own live PREPARE */
  atomic {
    SERVED(writes);
    if
    :: outcome[number] == 0 && (writing[writes] & self) ->
      outcome[number] = COMMIT;
      changed[writes] = 1;
      assert(outcome[0] != COMMIT || outcome[1] != COMMIT)
    :: else
    fi
  }
abort:
  atomic {
    if
    :: outcome[number] == 0 -> outcome[number] = ABORT
    :: else
    fi
  }
  /* 8.2.6, 9: each participant learns the decision, sooner or later */
  atomic { SERVED(writes); writing[writes] = writing[writes] & ~self }
  atomic { SERVED(reads); reading[reads] = reading[reads] & ~self }
  finished++
}

/* 10: node 2 takes over from a crashed owner. */
proctype Crash() {
  byte partition, number;
  if
  :: partition = P
  :: partition = Q
  :: goto over
  fi;
  crashed[partition] = 1;
  /* its last messages may still arrive until node 2 promises the new epoch */
  atomic {
    serving[partition] = 0;
    promoted[partition] = 1
  }
  atomic {
    reading[partition] = 0;
    writing[partition] = 0;
    do
    :: number < 2 ->
      if
      :: outcome[number] == 0 && (loggedWrites[partition] & (1 << number)) -> outcome[number] = ABORT
      :: else
      fi;
#ifndef BUG_DROP_READ_LOCK
      if
      :: outcome[number] == 0 && (loggedReads[partition] & (1 << number)) ->
        reading[partition] = reading[partition] | (1 << number)
      :: else
      fi;
#endif
      number++
    :: else -> break
    od;
    serving[partition] = 1
  }
over:
  finished++
}

init {
  atomic { run Transaction(0); run Transaction(1); run Crash() }
  finished == 3;
  assert(!reading[P] && !reading[Q] && !writing[P] && !writing[Q])
}
