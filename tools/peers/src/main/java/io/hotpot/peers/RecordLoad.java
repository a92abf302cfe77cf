package io.hotpot.peers;

import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.ClusterWorkload;
import io.hotpot.tools.bench.Latencies;
import io.hotpot.tools.bench.ValueKind;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import site.ycsb.generator.ScrambledZipfianGenerator;

/**
 * Records of YCSB, and those of its core workloads that neither scan nor insert: its keys
 * (scrambled zipfian, by its own generator), its shares of reads and updates, its ten fields of 100
 * bytes, of which an update replaces one. Its client is not used: to make and check values takes it
 * microseconds, many times what a cached read does. A value tells its record and field here, and
 * each read checks one.
 */
final class RecordLoad implements ClusterLoad {

  /** A record as it is stored. */
  record Row(long key, Map<String, String> fields) {}

  static final ValueKind<Row> KIND =
      new ValueKind<>("usertable", Row.class, Row::key, RecordLoad::encode, RecordLoad::decode);

  private static final int FIELDS = 10;
  private static final int FIELD_LENGTH = 100;
  private static final int AT_ONCE = 100;
  private static final List<String> NAMES =
      IntStream.range(0, FIELDS).mapToObj(n -> "field" + n).toList();

  /** Values end with some of this. */
  private static final String PADDING =
      new SplittableRandom(1)
          .ints(1 << 16, 'a', 'z' + 1)
          .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
          .toString();

  private final ClusterTable<Row> rows;
  private int count;

  RecordLoad(ClusterTable<Row> rows) {
    this.rows = rows;
  }

  private static byte[] encode(Row row) {
    byte[] fields = PeerRecords.encode(row.fields());
    return ByteBuffer.allocate(Long.BYTES + fields.length).putLong(row.key()).put(fields).array();
  }

  private static Row decode(ByteBuffer bytes) {
    return new Row(bytes.getLong(), PeerRecords.decode(bytes));
  }

  @Override
  public void insert(ClusterPlace place, int total) {
    count = total;
    SplittableRandom random = new SplittableRandom(place.number());
    int to = ClusterLoad.shareFrom(place.number() + 1, place, total);
    for (int from = ClusterLoad.shareFrom(place.number(), place, total); from < to; ) {
      int end = Math.min(to, from + AT_ONCE);
      rows.insert(IntStream.range(from, end).mapToObj(key -> row(key, random)).toList());
      from = end;
    }
  }

  private static Row row(long key, SplittableRandom random) {
    Map<String, String> fields = new HashMap<>();
    for (int field = 0; field < FIELDS; field++) {
      fields.put(NAMES.get(field), value(key, field, random));
    }
    return new Row(key, Map.copyOf(fields));
  }

  private static String head(long key, int field) {
    return key + "/" + field + "/";
  }

  private static String value(long key, int field, SplittableRandom random) {
    String head = head(key, field);
    int from = random.nextInt(PADDING.length() - FIELD_LENGTH);
    return head.concat(PADDING.substring(from, from + FIELD_LENGTH - head.length()));
  }

  @Override
  public void loaded() throws InterruptedException {
    rows.loaded();
  }

  @Override
  public Driver driver(ClusterWorkload workload, int number, Latencies latencies) {
    RecordDriver driver = new RecordDriver(number, latencies);
    return switch (workload) {
      case A -> () -> driver.step(0.5, driver::update);
      case B -> () -> driver.step(0.95, driver::update);
      case C -> () -> driver.step(1, driver::update);
      case F ->
          () ->
              driver.step(
                  0.5,
                  key -> {
                    driver.read(key);
                    driver.update(key);
                  });
      default -> throw new IllegalArgumentException(workload + " is not of records");
    };
  }

  /** One client of YCSB. */
  private final class RecordDriver {

    private interface Operation {
      void run(long key);
    }

    private final SplittableRandom random;
    private final ScrambledZipfianGenerator keys = new ScrambledZipfianGenerator(count);
    private final Latencies latencies;

    RecordDriver(int number, Latencies latencies) {
      this.random = new SplittableRandom(number);
      this.latencies = latencies;
    }

    void step(double reads, Operation other) {
      long key = keys.nextValue();
      if (random.nextDouble() < reads) {
        read(key);
      } else {
        other.run(key);
      }
    }

    void read(long key) {
      long begin = System.nanoTime();
      Row row = rows.read(key);
      latencies.record(System.nanoTime() - begin);
      checkField(key, row, random.nextInt(FIELDS));
    }

    void update(long key) {
      int field = random.nextInt(FIELDS);
      String value = value(key, field, random);
      long begin = System.nanoTime();
      rows.update(key, row -> new Row(key, merged(row.fields(), NAMES.get(field), value)));
      latencies.record(System.nanoTime() - begin);
    }
  }

  private static Map<String, String> merged(Map<String, String> old, String field, String value) {
    Map<String, String> merged = new HashMap<>(old);
    merged.put(field, value);
    return Map.copyOf(merged);
  }

  private static void checkField(long key, Row row, int field) {
    String value = row.fields().get(NAMES.get(field));
    if (row.key() != key
        || value == null
        || value.length() != FIELD_LENGTH
        || !value.startsWith(head(key, field))) {
      throw new IllegalStateException(
          "record " + key + " did not hold what was written: field " + field + " is " + value);
    }
  }

  /** One node looks at every field of every record. */
  @Override
  public void check(ClusterPlace place) {
    if (place.number() > 0) {
      return;
    }
    for (long key = 0; key < count; key++) {
      Row row = rows.read(key);
      for (int field = 0; field < FIELDS; field++) {
        checkField(key, row, field);
      }
    }
  }
}
