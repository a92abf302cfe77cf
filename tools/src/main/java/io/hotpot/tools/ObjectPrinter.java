package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import io.hotpot.store.ObjectNotFound;
import io.hotpot.store.Ref;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Prints objects, one a line: reference and value, or both in a JSON object. */
final class ObjectPrinter {

  private ObjectPrinter() {}

  /** Prints an object if it is (still) there; returns whether it is. */
  static boolean print(Hotpot hotpot, Ref<?> ref, StoreArgument store) {
    Optional<Object> value = hotpot.read(tx -> tx.find(Ref.<Object>fromId(ref.id())));
    if (value.isEmpty()) {
      return false;
    }
    PrintWriter out = store.out();
    if (store.json) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("ref", ref.toString());
      row.put("value", value.get());
      out.println(Json.of(row));
    } else {
      out.println(ref + " " + Json.of(value.get()));
    }
    return true;
  }

  static ObjectNotFound notFound(Ref<?> ref) {
    return new ObjectNotFound("there is no object " + ref + ": it was deleted, or never committed");
  }
}
