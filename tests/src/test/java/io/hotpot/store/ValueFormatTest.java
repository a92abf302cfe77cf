package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.Year;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * The bytes of encoded values and schemas, as docs/TYPES.md has them. Stores exist that have these
 * bytes: whoever must change this test changes the format.
 */
class ValueFormatTest {

  enum Level {
    LOW,
    HIGH
  }

  sealed interface Figure permits Dot {}

  record Dot(int x) implements Figure {}

  record Dots(List<Integer> dots) {}

  record All(
      boolean z, byte b, short s, char c, int i, long l, float f, double d, String t, Dot a) {}

  private final List<byte[]> schemas = new ArrayList<>();
  private final ObjectCodec codec = new ObjectCodec(new TypeRegistry(schemas::add));

  private void golden(Object value, String hex) {
    byte[] bytes = codec.encode(value);
    assertThat(HexFormat.of().formatHex(bytes)).as("%s", value).isEqualTo(hex);
    Object back = codec.decode(bytes, 0, bytes.length);
    assertThat(
            Arrays.deepEquals(new Object[] {back}, new Object[] {value})
                || back instanceof ArrayDeque)
        .as("%s", back)
        .isTrue();
  }

  @Test
  void leaves() {
    golden(true, "0101");
    golden((byte) -2, "02fe");
    golden((short) 0x1234, "033412");
    golden('\u20AC', "04ac20");
    golden(-1, "0501");
    golden(64, "058001");
    golden(Integer.MIN_VALUE, "05ffffffff0f");
    golden(Long.MAX_VALUE, "06fe" + "ff".repeat(8));
    golden(1L << 54, "06" + "80".repeat(7) + "40");
    golden(1L << 55, "06" + "80".repeat(8) + "01");
    golden(1.5f, "070000c03f");
    golden(-2.0, "0800000000000000c0");
    golden("a\u00E9\uD83C\uDF72", "090761c3a9f09f8db2");
    golden("x".repeat(200), "09c801" + "78".repeat(200));
    golden(BigInteger.valueOf(-256), "0a02ff00");
    golden(new BigDecimal("12.5"), "0b02017d");
    golden(new UUID(1, 2), "0c01000000000000000200000000000000");
    golden(Ref.of(ObjectId.pack(3, 2, 1)), "0d" + littleEndian(ObjectId.pack(3, 2, 1)));
    golden(Instant.ofEpochSecond(-1, 128), "25018001");
    golden(Duration.ofSeconds(1), "260200");
    golden(LocalDate.EPOCH, "2700");
    golden(LocalTime.ofNanoOfDay(300), "28ac02");
    golden(LocalDateTime.of(1970, 1, 2, 0, 0), "290200");
    golden(ZoneId.of("UTC"), "2c03555443");
    golden(Period.ofDays(1), "2d03503144");
    golden(Year.of(1), "2e02");
  }

  private static String littleEndian(long value) {
    return HexFormat.of().toHexDigits(Long.reverseBytes(value));
  }

  @Test
  void collectionsAndArrays() {
    golden(List.of("a", 1), "18020901610502");
    golden(new ArrayList<>(Arrays.asList(null, true)), "1902000101");
    golden(new LinkedList<>(List.of(1)), "1a010502");
    golden(new ArrayDeque<>(List.of(1)), "1b010502");
    golden(Set.of(1), "1c010502");
    golden(new HashSet<>(List.of(1)), "1d010502");
    golden(new LinkedHashSet<>(List.of(1)), "1e010502");
    golden(new TreeSet<>(List.of(1)), "1f010502");
    golden(Map.of(1, 2), "200105020504");
    golden(new HashMap<>(Map.of(1, 2)), "210105020504");
    golden(new LinkedHashMap<>(Map.of(1, 2)), "220105020504");
    golden(new TreeMap<>(Map.of(1, 2)), "230105020504");
    golden(Optional.of(1), "240502");
    golden(new byte[] {1, -1}, "0e0201ff");
    golden(new int[] {1}, "0f0101000000");
    golden(new long[] {1}, "10010100000000000000");
    golden(new double[] {1}, "1101000000000000f03f");
    golden(new short[] {1}, "12010100");
    golden(new char[] {'a'}, "13016100");
    golden(new float[] {1}, "14010000803f");
    golden(new boolean[] {true, false}, "15020100");
    golden(new String[] {"a", null}, "160209016100");
    golden(new Object[] {1}, "17010502");
    golden(new Integer[] {1}, "3005010502");
    golden(new int[][] {{1}}, "300f010f0101000000");
    golden(new Integer[][] {{1}}, "3030050130050105" + "02");
  }

  @Test
  void structs() {
    golden(new Dot(-1), "4101");
    assertThat(schemas).hasSize(1);
    golden(
        new All(true, (byte) 1, (short) 2, 'a', 1, -1, 1, 1, "t", null),
        "42"
            + "01"
            + "01"
            + "0200"
            + "6100"
            + "02"
            + "01"
            + "0000803f"
            + "000000000000f03f"
            + "0274"
            + "00");
    golden(Level.HIGH, "4301");
    golden(new Dot[] {new Dot(1)}, "3041014102");
    golden(new Figure[] {new Dot(1)}, "3044014102");
    golden(new Dot[0][], "30304100");
    String name = hex(ValueFormatTest.class.getName());
    assertThat(schemas.stream().map(HexFormat.of()::formatHex))
        .containsExactly(
            "020100"
                + text(name + hex("$Dot"))
                + "01"
                + "04"
                + text("78")
                + text(hex("int"))
                + "00",
            schemaOfAll(name),
            "020302"
                + text(name + hex("$Level"))
                + "00"
                + "02"
                + text(hex("LOW"))
                + text(hex("HIGH")),
            "020403" + text(name + hex("$Figure")) + "00" + "00");
  }

  private static String schemaOfAll(String name) {
    String[] types = {
      "boolean", "byte", "short", "char", "int", "long", "float", "double", "java.lang.String"
    };
    StringBuilder components = new StringBuilder();
    for (int i = 0; i < types.length; i++) {
      components.append("0").append(i).append(text(hex("zbscilfdt".substring(i, i + 1))));
      components.append(text(hex(types[i])));
    }
    components.append("09").append(text(hex("a"))).append(text(name + hex("$Dot")));
    return "020200" + text(name + hex("$All")) + "0a" + components + "00";
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  private static String text(String hex) {
    return HexFormat.of().toHexDigits((byte) (hex.length() / 2)) + hex;
  }

  @Test
  void aSchemaOfTheFirstFormatHasNoDeclaredTypes() {
    byte[] bytes =
        HexFormat.of().parseHex("010700" + text(hex("P")) + "01" + "09" + text(hex("x")) + "00");
    Schema schema = SchemaFormat.read(bytes);
    assertThat(schema)
        .isEqualTo(
            new Schema(
                7,
                "P",
                Schema.Kind.RECORD,
                List.of(new Schema.Component("x", Shape.ANY, "")),
                List.of()));
    bytes[0] = 3;
    assertThatThrownBy(() -> SchemaFormat.read(bytes)).isInstanceOf(FormatTooNew.class);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      if (length > 0) {
        cut[0] = 1;
      }
      assertThatThrownBy(() -> SchemaFormat.read(cut)).isInstanceOf(CorruptException.class);
    }
  }

  @Test
  void valuesOfSuchASchemaAreRead() {
    TypeRegistry types = new TypeRegistry(schemas::add);
    types.load(
        new Schema(
            1,
            Dots.class.getName(),
            Schema.Kind.RECORD,
            List.of(new Schema.Component("dots", Shape.ANY, "")),
            List.of()));
    ObjectCodec old = new ObjectCodec(types);
    byte[] bytes = HexFormat.of().parseHex("41" + "1801" + "0502");
    assertThat(old.decode(bytes, 0, bytes.length)).isEqualTo(new Dots(List.of(1)));
    assertThat(old.encode(new Dots(List.of(1)))).isEqualTo(HexFormat.of().parseHex("4218010502"));
    assertThat(schemas).hasSize(1);
    assertThat(old.decode(bytes, 0, bytes.length)).isEqualTo(new Dots(List.of(1)));
  }

  @Test
  void numbersOfEveryLength() {
    for (int shift = 0; shift < Long.SIZE; shift++) {
      for (long value :
          new long[] {1L << shift, (1L << shift) - 1, -(1L << shift), ~(1L << shift)}) {
        Encoder out = new Encoder();
        out.writeSigned(value);
        out.writeUnsigned(value);
        out.writeSigned((int) value);
        out.writeUnsigned((int) value);
        byte[] bytes = out.toBytes();
        for (int tail : new int[] {0, 20}) {
          Decoder in = new Decoder(Arrays.copyOf(bytes, bytes.length + tail), 0, bytes.length);
          assertThat(in.readSignedLong()).isEqualTo(value);
          assertThat(in.readUnsignedLong()).isEqualTo(value);
          assertThat(in.readSigned()).isEqualTo((int) value);
          assertThat(in.readUnsigned()).isEqualTo((int) value);
          assertThat(in.remaining()).isZero();
        }
      }
    }
  }
}
