package io.hotpot.peers;

import java.io.IOException;
import site.ycsb.Status;
import site.ycsb.measurements.Measurements;
import site.ycsb.measurements.exporter.MeasurementsExporter;

/** What YCSB's check has found in this process so far: its counts are static. */
record Verified(long right, long wrong) {

  static Verified soFar() throws IOException {
    Counter counter = new Counter();
    Measurements.getMeasurements().exportMeasurements(counter);
    return new Verified(counter.right, counter.wrong);
  }

  /** Picks YCSB's counts of verified rows out of all that it exports. */
  private static final class Counter implements MeasurementsExporter {
    private static final String RETURN = "Return=";

    private long right;
    private long wrong;

    @Override
    public void write(String metric, String measurement, int value) {
      if (metric.equals("VERIFY") && measurement.equals(RETURN + Status.OK.getName())) {
        right += value;
      } else if (metric.equals("VERIFY") && measurement.startsWith(RETURN)) {
        wrong += value;
      }
    }

    @Override
    public void write(String metric, String measurement, long value) {}

    @Override
    public void write(String metric, String measurement, double value) {}

    @Override
    public void close() {}
  }
}
