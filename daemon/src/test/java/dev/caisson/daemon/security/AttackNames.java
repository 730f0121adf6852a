package dev.caisson.daemon.security;

import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGenerator;

/** Names each attack by its row: "A6 a user namespace of its own". */
final class AttackNames extends DisplayNameGenerator.Standard {

  @Override
  public String generateDisplayNameForMethod(
      List<Class<?>> enclosing, Class<?> testClass, Method method) {
    Attack attack = method.getAnnotation(Attack.class);
    return attack == null
        ? super.generateDisplayNameForMethod(enclosing, testClass, method)
        : attack.row() + " " + attack.what();
  }
}
