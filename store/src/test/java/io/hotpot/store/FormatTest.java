package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.TransactionId;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The bytes on the medium, to the last one: what was written by an earlier build must stay
 * readable. A change here needs a new format version and a line in the changelog.
 */
class FormatTest {

  private static final long STORE = 0x0123456789ABCDEFL;
  private static final TransactionId ID = new TransactionId(3, 4, 0x55);

  static Stream<Arguments> structures() {
    return Stream.of(
        Arguments.of(
            "the superblock of a mapped heap",
            MappedHeapFormat.superblock(STORE),
            "484f54504f544d4801000000ff447cd0efcdab8967452301000040[0*37]"),
        Arguments.of(
            "the superblock of an LLPL heap",
            LlplHeapFormat.superblock(STORE, 0x3C1000),
            "484f54504f544c48010000009e1cbd50efcdab8967452301000040[0*6]103c[0*29]"),
        Arguments.of(
            "a chunk's header",
            chunkHeader(),
            "484f54504f54434b0100000027881856efcdab89674523010500000009[0*36]104002000000007662aecbe12e5a9e[0*48]"),
        Arguments.of(
            "a record",
            record(false, "value"),
            "2a0000c001c074028877665544332211000200020000000005000000f61cdbfb76616c7565"),
        Arguments.of(
            "a delete record",
            record(true, ""),
            "2a0000c001400e80887766554433221100020002[0*8]f96e315d"),
        Arguments.of(
            "a commit batch with a sibling list",
            batch(),
            "580000001e8bc067feca00000c000000887766554433221160000000a100010006[0*7]800080[0*5]2a0000c001c074028877665544332211000200020000000005000000f61cdbfb76616c7565000000"),
        Arguments.of(
            "the end of a checkpoint",
            checkpoint(),
            "[0*32]80004002000000008877665544332211e8030000110000000300000001000000de03[0*6]02[0*8]0440020000000008[0*7]a00f[0*6]09[0*7]8813[0*6]"),
        Arguments.of(
            "the end of a checkpoint in a cluster",
            checkpoint(Address.of(9, 0x800)),
            "[0*32]80004002000000008877665544332211e8030000110000000300000001000000de03[0*6]020000000100000000044002[0*5]0840020000000008[0*7]a00f[0*6]09[0*7]8813[0*6]"),
        Arguments.of(
            "a page of the ledger",
            ledger(),
            "[0*32]04[0*7]030000000400000055[0*23]030000000400000055[0*7]88776655443322110104400200000000030000000400000055[0*7]08[0*7]03[0*7]030000000400000055[0*15]8500400200000000"),
        Arguments.of(
            "a commit batch with an id",
            clusterBatch(PrepareFormat.commit(ID), record(false, "value")),
            "58000000f7d28729feca00000c000000887766554433221160000000a1080000030000000400000055[0*7]2a0000c001c074028877665544332211000200020000000005000000f61cdbfb76616c7565000000"),
        Arguments.of(
            "a prepare batch",
            clusterBatch(
                PrepareFormat.prepare(
                    ID,
                    6,
                    List.of(new ObjectRead(ObjectId.pack(5, 1, 43), 0x66), new ObjectRead(44, 0))),
                record(false, "value")),
            "880000009edd199afeca00000c000000887766554433221160000000a8000000030000000400000055[0*7]0600000002[0*11]2b0000400040010066[0*7]2c[0*15]2a0000c001c074028877665544332211000200020000000005000000f61cdbfb76616c7565000000"),
        Arguments.of(
            "a decision to commit",
            clusterBatch(
                PrepareFormat.decision(
                    new PrepareFormat.Decision(
                        ID, Outcome.COMMIT, 0x1122334455667788L, List.of(6, 8))),
                new byte[0]),
            "700000008e63cdabfeca00000c000000887766554433221160000000a9000000030000000400000055[0*11]02[0*11]8877665544332211[0*8]06[0*15]08[0*15]"),
        Arguments.of(
            "a fence",
            clusterBatch(
                PrepareFormat.decision(new PrepareFormat.Decision(ID, Outcome.ABORT, 0, List.of())),
                new byte[0]),
            "50000000f1257936feca00000c000000887766554433221160000000a9000000030000000400000055[0*7]01[0*31]"),
        Arguments.of(
            "a bound of snapshots",
            SnapshotBound.mark(0x1122334455667788L),
            "[0*32]8877e69344332211"),
        Arguments.of(
            "the ledger's entry of a bound", bound(), "[0*32]01[0*23]887766554433221106[0*7]"),
        Arguments.of(
            "a dataset",
            CatalogFormat.dataset(new Catalog.Entry("bänk", 3, TransactionMode.MRSW)),
            "00020300000001050062c3a46e6b"),
        Arguments.of("the counter of partitions", CatalogFormat.counter(77), "00044d000000"),
        Arguments.of(
            "named roots",
            RootsFormat.write(Map.of("a", ObjectId.pack(1, 2, 3), "é", ObjectId.pack(4, 5, 6))),
            "00010200000001006103000080004000000200c3a90600004001000100"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("structures")
  void theBytesAreThese(String name, byte[] bytes, String golden) {
    assertThat(hex(bytes)).as(name).isEqualTo(golden);
  }

  @Test
  void aLabelIsThis() {
    assertThat(Long.toHexString(ChunkFormat.label(5, 9, false))).isEqualTo("a0000002506b");
    assertThat(Long.toHexString(ChunkFormat.label(5, 9, true))).isEqualTo("8000a00000024071");
  }

  /** Runs of zeros are written short, so that a person can read the rest. */
  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes.length; ) {
      int zeros = i;
      while (zeros < bytes.length && bytes[zeros] == 0) {
        zeros++;
      }
      if (zeros - i > 4) {
        text.append("[0*").append(zeros - i).append(']');
        i = zeros;
      } else {
        text.append(HexFormat.of().toHexDigits(bytes[i++]));
      }
    }
    return text.toString();
  }

  private static byte[] chunkHeader() {
    ChunkMemory chunk =
        new ChunkMemory(0, MemorySegment.ofArray(new long[Heap.CHUNK_BYTES / Long.BYTES]), null);
    ChunkFormat.writeHeader(chunk, STORE, 5, 9);
    ChunkFormat.writeCheckpointPointer(chunk, Address.of(9, 0x1000));
    byte[] header = new byte[ChunkFormat.DATA_OFFSET];
    chunk.get(0, header, 0, header.length);
    return header;
  }

  private static byte[] record(boolean deleted, String value) {
    byte[] payload = value.getBytes(StandardCharsets.UTF_8);
    byte[] bytes = new byte[100];
    int length =
        RecordFormat.write(
            bytes,
            0,
            ObjectId.pack(5, 7, 42),
            deleted,
            0x1122334455667788L,
            Address.of(8, 0x200),
            payload,
            payload.length);
    return Arrays.copyOf(bytes, length);
  }

  private static byte[] batch() {
    byte[] record = record(false, "value");
    int at = BatchFormat.HEADER_BYTES + BatchFormat.SIBLING_BYTES;
    byte[] batch = new byte[BatchFormat.aligned(at + record.length)];
    Bytes.putInt(batch, BatchFormat.HEADER_BYTES, 6);
    Bytes.putLong(batch, BatchFormat.HEADER_BYTES + 8, Address.of(2, 0x80));
    System.arraycopy(record, 0, batch, at, record.length);
    BatchFormat.seal(
        batch,
        batch.length,
        BatchFormat.COMMIT,
        0,
        1,
        0xCAFE,
        12,
        0x1122334455667788L,
        Address.of(9, 0x400),
        Address.of(9, 0x100),
        BatchFormat.seed(STORE, 5));
    return batch;
  }

  /** As {@link BatchWriter} lays it out: the preamble, then the records. */
  private static byte[] clusterBatch(BatchWriter.Preamble preamble, byte[] records) {
    int at = BatchFormat.HEADER_BYTES + preamble.bytes().length;
    byte[] batch = new byte[BatchFormat.aligned(at + records.length)];
    System.arraycopy(preamble.bytes(), 0, batch, BatchFormat.HEADER_BYTES, preamble.bytes().length);
    System.arraycopy(records, 0, batch, at, records.length);
    BatchFormat.seal(
        batch,
        batch.length,
        preamble.kind(),
        preamble.flags(),
        0,
        0xCAFE,
        12,
        0x1122334455667788L,
        Address.of(9, 0x400),
        Address.of(9, 0x100),
        BatchFormat.seed(STORE, 5));
    return batch;
  }

  private static ChunkMemory chunkWith(byte[] batch) {
    ChunkMemory chunk =
        new ChunkMemory(0, MemorySegment.ofArray(new long[Heap.CHUNK_BYTES / Long.BYTES]), null);
    chunk.put(0x400, batch, 0, batch.length);
    return chunk;
  }

  @Test
  void whatAClusterAddsIsReadAsItWasWritten() {
    List<ObjectRead> reads = List.of(new ObjectRead(43, 0x66), new ObjectRead(44, 0));
    byte[] record = record(false, "value");
    ChunkMemory prepare = chunkWith(clusterBatch(PrepareFormat.prepare(ID, 6, reads), record));
    assertThat(PrepareFormat.id(prepare, 0x400)).isEqualTo(ID);
    assertThat(PrepareFormat.home(prepare, 0x400)).isEqualTo(6);
    assertThat(PrepareFormat.reads(prepare, 0x400)).isEqualTo(reads);
    byte[] read = new byte[record.length];
    prepare.get(0x400 + BatchFormat.recordsBegin(prepare, 0x400), read, 0, read.length);
    assertThat(read).isEqualTo(record);

    PrepareFormat.Decision decision =
        new PrepareFormat.Decision(ID, Outcome.COMMIT, 0x77, List.of(6, 8));
    ChunkMemory decided = chunkWith(clusterBatch(PrepareFormat.decision(decision), new byte[0]));
    assertThat(PrepareFormat.readDecision(decided, 0x400)).isEqualTo(decision);
  }

  @Test
  void aDecisionThatNamesMoreParticipantsThanItHoldsIsRefused() {
    BatchWriter.Preamble preamble =
        PrepareFormat.decision(new PrepareFormat.Decision(ID, Outcome.COMMIT, 1, List.of()));
    Bytes.putInt(preamble.bytes(), BatchFormat.SIBLING_BYTES + 4, 1);
    ChunkMemory chunk = chunkWith(clusterBatch(preamble, new byte[0]));
    assertThatThrownBy(() -> PrepareFormat.readDecision(chunk, 0x400))
        .isInstanceOf(CorruptException.class);
  }

  private static byte[] checkpoint(long... ledger) {
    return CheckpointFormat.writeEnd(
        new Checkpoint(
            Address.of(9, 0x80),
            0,
            0x1122334455667788L,
            1000,
            17,
            3,
            990,
            Map.of(8, 4000L, 9, 5000L),
            new long[] {Address.of(9, 0x400)},
            ledger));
  }

  private static byte[] bound() {
    SnapshotBound bound = new SnapshotBound();
    bound.found(0x1122334455667788L);
    return LedgerFormat.pages(bound.listedIn(Ledger.EMPTY)).getFirst();
  }

  private static byte[] ledger() {
    TransactionId id = new TransactionId(3, 4, 0x55);
    return LedgerFormat.pages(
            new Ledger(
                List.of(
                    new Ledger.Entry(id, Ledger.Kind.FLOOR, 0, 0),
                    new Ledger.Entry(
                        id, Ledger.Kind.COMMITTED, 0x1122334455667788L, Address.of(9, 0x400)),
                    new Ledger.Entry(id, Ledger.Kind.NOT_LEARNED, 8, 0),
                    new Ledger.Entry(id, Ledger.Kind.PREPARE_ABORTED, 0, Address.of(9, 0x80)))))
        .getFirst();
  }
}
