package dev.moat.swap.checkpoint;

import dev.moat.api.swap.CheckpointService.BundleVersion;
import dev.moat.api.swap.CheckpointService.Cpu;
import dev.moat.api.swap.CheckpointService.Manifest;
import dev.moat.lib.json.JsonException;
import dev.moat.lib.json.JsonObject;
import java.nio.charset.StandardCharsets;

/** The manifest as a JSON text. */
final class ManifestText {
    /** A manifest beyond this is none. */
    static final int MAX_BYTES = 1 << 20;

    private ManifestText() {}

    static byte[] encode(Manifest manifest) {
        return JsonObject.create()
                .with("name", manifest.name())
                .with("kernel", manifest.kernelRelease())
                .with("created", manifest.createdAtNs())
                .with("platform", manifest.platform())
                .with("terminal", manifest.terminal())
                .with("command", manifest.command())
                .with("bundles", manifest.bundles().stream().map(ManifestText::encode).toList())
                .with(
                        "cpu",
                        JsonObject.create()
                                .with("architecture", manifest.cpu().architecture())
                                .with("features", manifest.cpu().features())
                                .with("xsave", manifest.cpu().xsaveBytes()))
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * @throws CheckpointException it is no manifest
     */
    static Manifest decode(byte[] text) {
        try {
            JsonObject manifest = JsonObject.parse(new String(text, StandardCharsets.UTF_8));
            JsonObject cpu = manifest.object("cpu");
            return new Manifest(
                    manifest.string("name"),
                    manifest.string("kernel"),
                    manifest.number("created"),
                    manifest.string("platform"),
                    manifest.flag("terminal"),
                    manifest.objects("bundles").stream().map(ManifestText::decodeBundle).toList(),
                    new Cpu(
                            cpu.string("architecture"),
                            cpu.strings("features"),
                            Math.toIntExact(cpu.number("xsave"))),
                    manifest.strings("command"));
        } catch (JsonException | ArithmeticException e) {
            throw new CheckpointException(Section.MANIFEST + " is damaged: " + e.getMessage(), e);
        }
    }

    private static JsonObject encode(BundleVersion bundle) {
        return JsonObject.create()
                .with("name", bundle.symbolicName())
                .with("version", bundle.version())
                .with("subsystems", bundle.subsystems());
    }

    private static BundleVersion decodeBundle(JsonObject bundle) {
        return new BundleVersion(
                bundle.string("name"), bundle.string("version"), bundle.strings("subsystems"));
    }
}
