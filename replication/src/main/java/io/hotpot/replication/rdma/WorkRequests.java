package io.hotpot.replication.rdma;

import com.ibm.disni.verbs.IbvQP;
import com.ibm.disni.verbs.IbvSendWR;
import com.ibm.disni.verbs.IbvSge;
import com.ibm.disni.verbs.SVCPostSend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedList;
import java.util.List;

/**
 * Work requests of fixed kinds that are posted by one call, so by one call of the system where that
 * takes one. They are built once; their parts change from one posting to the next, and the device
 * copies them.
 *
 * <p>Thread-safety: as their queue pair's.
 */
final class WorkRequests {

  private final SVCPostSend call;
  private final List<Part> parts = new ArrayList<>();

  /** One of them. */
  static final class Part {
    private final SVCPostSend.SendWRMod request;
    private final SVCPostSend.SgeMod bytes;
    private final SVCPostSend.RdmaMod remote;

    private Part(SVCPostSend.SendWRMod request) throws IOException {
      this.request = request;
      bytes = request.getSgeMod(0);
      remote = request.getRdmaMod();
    }

    void set(long id, int flags, long address, int lengthBytes, int localKey) {
      request.setWr_id(id);
      request.setSend_flags(flags);
      bytes.setAddr(address);
      bytes.setLength(lengthBytes);
      bytes.setLkey(localKey);
    }

    /** Of a write or a read. */
    void setRemote(long address, int key) {
      remote.setRemote_addr(address);
      remote.setRkey(key);
    }
  }

  /**
   * @param opcodes their kinds, in the order in which they are done
   */
  WorkRequests(IbvQP pair, int... opcodes) throws IOException {
    List<IbvSendWR> prototypes = new LinkedList<>();
    for (int opcode : opcodes) {
      IbvSendWR prototype = new IbvSendWR();
      prototype.setSg_list(new LinkedList<>(List.of(new IbvSge())));
      prototype.setNum_sge(1);
      prototype.setOpcode(opcode);
      prototypes.add(prototype);
    }
    call = pair.postSend(prototypes, null);
    for (int i = 0; i < opcodes.length; i++) {
      parts.add(new Part(call.getWrMod(i)));
    }
  }

  Part first() {
    return parts.getFirst();
  }

  Part last() {
    return parts.getLast();
  }

  void post() throws IOException {
    call.execute();
  }

  void free() {
    call.free();
  }
}
