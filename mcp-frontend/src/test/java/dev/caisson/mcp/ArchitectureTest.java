package dev.caisson.mcp;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;

@AnalyzeClasses(packages = "dev.caisson.mcp", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

  @ArchTest
  static final ArchRule the_rooms_only_look_up =
      Architectures.layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("stubs")
          .definedBy("dev.caisson.mcp.stubs..")
          .layer("relay")
          .definedBy("dev.caisson.mcp.relay..")
          .layer("upstream")
          .definedBy("dev.caisson.mcp.upstream..")
          .layer("protocol")
          .definedBy("dev.caisson.mcp.protocol..")
          .layer("http")
          .definedBy("dev.caisson.mcp.http..")
          .layer("tools")
          .definedBy("dev.caisson.mcp.tools..")
          .layer("app")
          .definedBy("dev.caisson.mcp.app..")
          .layer("demo")
          .definedBy("dev.caisson.mcp.demo..")
          .whereLayer("stubs")
          .mayOnlyBeAccessedByLayers("relay", "upstream", "tools", "app")
          .whereLayer("relay")
          .mayOnlyBeAccessedByLayers("upstream", "tools", "app")
          .whereLayer("upstream")
          // The demo only asks whether its servers file can be read.
          .mayOnlyBeAccessedByLayers("tools", "app", "demo")
          .whereLayer("protocol")
          .mayOnlyBeAccessedByLayers("http", "tools", "app")
          .whereLayer("http")
          .mayOnlyBeAccessedByLayers("app")
          .whereLayer("tools")
          .mayOnlyBeAccessedByLayers("app")
          .whereLayer("app")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("demo")
          .mayOnlyBeAccessedByLayers("app");

  @ArchTest
  static final ArchRule the_mcp_sdk_and_reactive_types_stay_at_the_edges =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.caisson.mcp.upstream..",
              "dev.caisson.mcp.protocol..",
              "dev.caisson.mcp.tools..",
              "dev.caisson.mcp.demo..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.modelcontextprotocol..", "reactor..", "org.reactivestreams..");

  @ArchTest
  static final ArchRule of_the_sdk_the_server_side_uses_records_only =
      noClasses()
          .that()
          .resideInAnyPackage("dev.caisson.mcp.protocol..", "dev.caisson.mcp.tools..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.modelcontextprotocol.client..", "reactor..");

  @ArchTest
  static final ArchRule upstream_servers_are_reached_over_wires_of_our_own =
      noClasses()
          .that()
          .resideInAPackage("dev.caisson.mcp.upstream..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.modelcontextprotocol.client..",
              "io.modelcontextprotocol.json..",
              "reactor..",
              "org.reactivestreams..");

  @ArchTest
  static final ArchRule nobody_uses_the_server_of_the_sdk =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.modelcontextprotocol.server..");

  @ArchTest
  static final ArchRule the_protocol_knows_none_of_our_tools =
      noClasses()
          .that()
          .resideInAPackage("dev.caisson.mcp.protocol..")
          .should()
          .dependOnClassesThat(
              DescribedPredicate.describe(
                  "are of another room than protocol and text",
                  type ->
                      type.getPackageName().startsWith("dev.caisson.")
                          && !type.getPackageName().startsWith("dev.caisson.mcp.protocol")
                          && !type.getPackageName().startsWith("dev.caisson.mcp.text")));

  @ArchTest
  static final ArchRule only_the_relay_and_the_app_know_the_client_library =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.caisson.mcp.relay..", "dev.caisson.mcp.app..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.caisson.client..", "dev.caisson.v1..", "io.grpc..");

  @ArchTest
  static final ArchRule http_knows_none_of_our_tools =
      noClasses()
          .that()
          .resideInAPackage("dev.caisson.mcp.http..")
          .should()
          .dependOnClassesThat(
              DescribedPredicate.describe(
                  "are of another room than http and protocol",
                  type ->
                      type.getPackageName().startsWith("dev.caisson.")
                          && !type.getPackageName().startsWith("dev.caisson.mcp.http")
                          && !type.getPackageName().startsWith("dev.caisson.mcp.protocol")));

  @ArchTest
  static final ArchRule only_http_knows_its_server =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.caisson.mcp.http..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.eclipse.jetty..");
}
