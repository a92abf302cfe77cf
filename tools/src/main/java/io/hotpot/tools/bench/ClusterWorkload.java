package io.hotpot.tools.bench;

/** What the drivers of a cluster do, in the order in which it is measured. */
public enum ClusterWorkload {
  READ("reads of one object, any of 10,000", Load.ITEMS),
  READ_CACHED("cached reads of other nodes' objects, one driver", Load.ITEMS),
  UPDATE("updates of one object, any of 10,000", Load.ITEMS),
  UPDATE_ALONE("updates of its own node's objects, one driver", Load.ITEMS),
  UPDATE_REMOTE("updates of other nodes' objects, one driver", Load.ITEMS),
  TRANSFER("transfers between two of 2,000 accounts", Load.ACCOUNTS),
  TRANSFER_ALONE("transfers between two nodes' accounts, one driver", Load.ACCOUNTS),
  A("YCSB A: half reads, half updates", Load.RECORDS),
  B("YCSB B: 95 % reads, 5 % updates", Load.RECORDS),
  C("YCSB C: reads only", Load.RECORDS),
  F("YCSB F: half reads, half read-modify-writes", Load.RECORDS);

  /** The data that a workload works on. */
  enum Load {
    ITEMS,
    ACCOUNTS,
    RECORDS,
    /** What an empty node has to copy. */
    BULK
  }

  final String description;
  final Load load;

  ClusterWorkload(String description, Load load) {
    this.description = description;
    this.load = load;
  }

  /** The name of the data that it works on. */
  public String data() {
    return load.name();
  }

  /** False if it only reads. */
  boolean changes() {
    return switch (this) {
      case READ, READ_CACHED, C -> false;
      case UPDATE, UPDATE_ALONE, UPDATE_REMOTE, TRANSFER, TRANSFER_ALONE, A, B, F -> true;
    };
  }

  /** True if a driver alone runs it: what is measured is the latency, not the rate. */
  public boolean isAlone() {
    return switch (this) {
      case READ_CACHED, UPDATE_ALONE, UPDATE_REMOTE, TRANSFER_ALONE -> true;
      case READ, UPDATE, TRANSFER, A, B, C, F -> false;
    };
  }
}
