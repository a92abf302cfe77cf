package io.hotpot.replication;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Makes messages of every kind, from what their records declare. */
final class SampleMessages {

  /** Where the values come from. */
  private interface Source {
    long number();

    int size();
  }

  private final Source source;

  private SampleMessages(Source source) {
    this.source = source;
  }

  /** Every kind of message there is, in the order of declaration. */
  static List<Class<? extends Message>> kinds() {
    return Arrays.stream(Message.class.getPermittedSubclasses())
        .flatMap(family -> Stream.of(family.getPermittedSubclasses()))
        .<Class<? extends Message>>map(kind -> kind.asSubclass(Message.class))
        .toList();
  }

  /** A message whose values are 1, 2, 3 and so on, in order; lists have two entries. */
  static Message counting(Class<? extends Message> kind) {
    long[] last = {0};
    Source source =
        new Source() {
          @Override
          public long number() {
            return ++last[0];
          }

          @Override
          public int size() {
            return 2;
          }
        };
    return (Message) new SampleMessages(source).make(kind);
  }

  static Message random(Class<? extends Message> kind, RandomGenerator random) {
    Source source =
        new Source() {
          @Override
          public long number() {
            return random.nextLong() >> random.nextInt(64);
          }

          @Override
          public int size() {
            return random.nextInt(5);
          }
        };
    return (Message) new SampleMessages(source).make(kind);
  }

  private Object make(Type type) {
    return switch (type) {
      case ParameterizedType list when list.getRawType() == List.class ->
          several(() -> make(list.getActualTypeArguments()[0]));
      case ParameterizedType map when map.getRawType() == Map.class ->
          byId(several(() -> make(map.getActualTypeArguments()[1])));
      case Class<?> plain -> makePlain(plain);
      default -> throw new AssertionError("a message has a component of type " + type);
    };
  }

  private Object makePlain(Class<?> type) {
    if (type == Fabric.Address.class) {
      return new Fabric.Address(text(), (int) source.number() & 0xffff);
    } else if (type.isRecord()) {
      return makeRecord(type);
    } else if (type.isEnum()) {
      Object[] constants = type.getEnumConstants();
      return constants[(int) Math.floorMod(source.number(), (long) constants.length)];
    } else if (type == int.class || type == Integer.class) {
      return (int) source.number();
    } else if (type == long.class) {
      return source.number();
    } else if (type == boolean.class) {
      return (source.number() & 1) == 1;
    } else if (type == String.class) {
      return text();
    } else if (type == byte[].class) {
      byte[] bytes = new byte[source.size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) source.number();
      }
      return bytes;
    } else if (type == long[].class) {
      return several(source::number).stream().mapToLong(Long::longValue).toArray();
    }
    throw new AssertionError("a message has a component of " + type);
  }

  private Object makeRecord(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = Arrays.stream(components).map(c -> make(c.getGenericType())).toArray();
    try {
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("cannot make " + type, e);
    }
  }

  private String text() {
    return "t" + source.number() + "é𝄞".substring(0, source.size() == 2 ? 0 : 3);
  }

  private <T> List<T> several(java.util.function.Supplier<T> one) {
    List<T> several = new ArrayList<>();
    for (int i = source.size(); i > 0; i--) {
      several.add(one.get());
    }
    return several;
  }

  private static Map<Integer, Object> byId(List<Object> values) {
    Map<Integer, Object> byId = new HashMap<>();
    for (Object value : values) {
      byId.put(
          switch (value) {
            case Configuration.Node node -> node.id();
            case Configuration.DatasetInfo dataset -> dataset.id();
            case Configuration.PartitionInfo partition -> partition.id();
            default -> throw new AssertionError("a map of " + value.getClass());
          },
          value);
    }
    return byId;
  }
}
