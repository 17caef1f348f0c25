package dev.moat.assembler;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** A distribution of bundles that are manifests only. */
record Bundles(Path home) {
    /** What a kernel is made of at least: sandbox, mm and two platforms to choose from. */
    static Bundles small(Path home) {
        return new Bundles(home)
                .add("dev.moat.sandbox", "sandbox;impl=moat", "mm any", "platform operator")
                .add("dev.moat.mm", "mm;impl=moat")
                .add("dev.moat.platform.ptrace", "platform;impl=ptrace")
                .add("dev.moat.platform.trap", "platform;impl=trap");
    }

    /**
     * @param offer a subsystem
     * @param needs names of subsystems, each with who chooses
     */
    Bundles add(String name, String offer, String... needs) {
        List<String> required =
                List.of(needs).stream()
                        .map(need -> need.split(" "))
                        .map(need ->
                                "moat.subsystem;effective:=active;choice:=%s;filter:=\"(&(name=%s)(impl=*))\""
                                        .formatted(need[1], need[0]))
                        .toList();
        return write(name, "Provide-Capability", provided(offer), "Require-Capability", required);
    }

    private static List<String> provided(String offer) {
        return List.of("moat.subsystem;version:Version=\"1.2.3\";name=" + offer);
    }

    private Bundles write(
            String name, String first, List<String> offers, String second, List<String> needs) {
        var manifest = new Manifest();
        var attributes = manifest.getMainAttributes();
        attributes.putValue("Manifest-Version", "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", name);
        attributes.putValue("Bundle-Version", "1.2.3");
        attributes.putValue(first, String.join(",", offers));
        if (!needs.isEmpty()) {
            attributes.putValue(second, String.join(",", needs));
        }
        try {
            Path directory = Files.createDirectories(home.resolve("bundles/20-kernel"));
            Path jar = directory.resolve(name + ".jar");
            new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    Stock stock() {
        return Stock.read(home, List.of());
    }
}
