package io.hotpot.replication;

final class Try {
  public static void main(String[] args) throws Exception {
    long from = Long.parseLong(args[0]), to = Long.parseLong(args[1]);
    int bad = 0;
    for (long seed = from; seed < to; seed++) {
      ClusterRun run = new ClusterRun(seed, to == from + 1);
      try {
        run.run(60 * ClusterRun.LEASE_NS);
        if (args.length > 2) System.out.println(seed + " " + run.counts);
      } catch (Throwable e) {
        bad++;
        System.out.println(
            seed + " " + run.counts + " " + e.getClass().getSimpleName() + " " + e.getMessage());
        if (to == from + 1) {
          java.nio.file.Files.writeString(java.nio.file.Path.of("/tmp/ls/trace"), run.trace());
          e.printStackTrace(System.out);
        }
        if (bad > 15) break;
      }
    }
    System.out.println("bad " + bad);
  }
}
