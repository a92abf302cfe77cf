package io.hotpot.tools.demo;

import io.hotpot.store.Ref;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A class of the JDK as a persistent object; the classes it knows are references to other objects.
 *
 * @param name as in {@code java.lang.String}
 * @param isInterface whether it can be implemented
 * @param superclass null until it is linked, and for java.lang.Object and modules
 * @param interfaces that it names itself
 * @param refersTo every other class of the JDK that its class file mentions
 */
record JdkClass(
    String name,
    boolean isInterface,
    List<Member> members,
    @Nullable Ref<JdkClass> superclass,
    List<Ref<JdkClass>> interfaces,
    List<Ref<JdkClass>> refersTo) {

  /** A field or a method. */
  record Member(String name, String descriptor, int flags) {}
}
