package dev.moat.swap.checkpoint;

import dev.moat.abi.ErrnoException;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostSystem;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxException;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.swap.CheckpointService;
import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.SandboxRevival;
import dev.moat.api.swap.SwapException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checkpoints of the sandboxes of this kernel host. */
@Component
public final class CheckpointComponent implements CheckpointService {
    private static final long NS_PER_MS = 1_000_000;

    private final Logger logger = LoggerFactory.getLogger(CheckpointComponent.class);
    private final Revisions revisions;
    private final SandboxRevival revival;
    private final HostFiles files;
    private final HostSystem system;

    @Activate
    public CheckpointComponent(
            @Reference Revisions revisions,
            @Reference SandboxRevival revival,
            @Reference HostFiles files,
            @Reference HostSystem system) {
        this.revisions = revisions;
        this.revival = revival;
        this.files = files;
        this.system = system;
    }

    @Override
    public Report checkpoint(Sandbox sandbox, Path file, Request request, Progress progress) {
        if (!sandbox.safePoint().enter(request.safePointLimit().toNanos())) {
            throw new SwapException(
                    "sandbox '%s' did not come to rest in %d ms: %s"
                            .formatted(
                                    sandbox.name(),
                                    request.safePointLimit().toMillis(),
                                    String.join(", ", sandbox.safePoint().missing())));
        }
        Report report;
        try {
            report = write(sandbox, file, progress);
            if (request.afterwards() == Afterwards.END) {
                revival.condemn(sandbox);
            }
        } finally {
            sandbox.safePoint().leave();
        }
        if (request.afterwards() == Afterwards.END) {
            sandbox.kill();
        }
        return report;
    }

    @Override
    public Sandbox restore(Path file, Restore request, Progress progress) {
        try (CheckpointInput input = CheckpointInput.open(file)) {
            Manifest manifest = readManifest(input);
            requireUsable(manifest);
            return new CheckpointReading(
                            InstalledTypes.of(revisions, revisions.offered()),
                            files,
                            revival,
                            progress)
                    .read(input, manifest, request);
        } catch (CheckpointException | IncompatibleStateException | SwapException e) {
            throw refusal("cannot restore", file, String.valueOf(e.getMessage()), e);
        } catch (SandboxException e) {
            throw refusal("cannot restore", file, String.valueOf(e.getMessage()), e);
        } catch (ErrnoException e) {
            throw refusal("cannot restore", file, e.errno().message(), e);
        } catch (IOException e) {
            throw refusal("cannot restore", file, reasonOf(e), e);
        } catch (RuntimeException e) {
            // State that is well formed and makes no sense: what the checksums do not find.
            logger.debug("restore of {}", file, e);
            throw refusal("cannot restore", file, "its state makes no sense: " + e, e);
        }
    }

    @Override
    public Manifest describe(Path file) {
        try (CheckpointInput input = CheckpointInput.open(file)) {
            return readManifest(input);
        } catch (CheckpointException e) {
            throw refusal("cannot read", file, String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw refusal("cannot read", file, reasonOf(e), e);
        }
    }

    private Report write(Sandbox sandbox, Path file, Progress progress) {
        try {
            return new CheckpointWriting(
                            InstalledTypes.of(revisions, revisions.installed()),
                            files,
                            sandbox,
                            progress)
                    .write(file, manifestOf(sandbox));
        } catch (CheckpointException | IncompatibleStateException | SwapException e) {
            throw refusal("cannot write", file, String.valueOf(e.getMessage()), e);
        } catch (ErrnoException e) {
            throw refusal("cannot write", file, e.errno().message(), e);
        } catch (IOException e) {
            throw refusal("cannot write", file, reasonOf(e), e);
        }
    }

    private Manifest manifestOf(Sandbox sandbox) {
        Set<String> used =
                sandbox.leases().uses().values().stream()
                        .map(use -> use.revision().symbolicName())
                        .collect(Collectors.toSet());
        List<BundleVersion> bundles =
                revisions.installed().stream()
                        .filter(revision -> used.contains(revision.symbolicName()))
                        .map(revision ->
                                new BundleVersion(
                                        revision.symbolicName(),
                                        revision.version(),
                                        revision.subsystems()))
                        .toList();
        return new Manifest(
                sandbox.name(),
                sandbox.uts().release(),
                System.currentTimeMillis() * NS_PER_MS,
                sandbox.platformName(),
                sandbox.spec().stdio() instanceof Stdio.Terminal,
                bundles,
                HostCpu.read(system.name().machine(), sandbox.platform().fpStateBytes()),
                sandbox.spec().process().arguments());
    }

    private static Manifest readManifest(CheckpointInput input) throws IOException {
        byte[] text = input.begin(Section.MANIFEST).readNBytes(ManifestText.MAX_BYTES);
        return ManifestText.decode(text);
    }

    private void requireUsable(Manifest manifest) {
        HostCpu.require(manifest.cpu(), system.name().machine());
        Set<String> here =
                revisions.offered().stream()
                        .map(Revisions.Revision::symbolicName)
                        .collect(Collectors.toSet());
        for (BundleVersion bundle : manifest.bundles()) {
            boolean platform =
                    bundle.subsystems().stream().allMatch(name -> name.startsWith("platform:"));
            if (!platform && !here.contains(bundle.symbolicName())) {
                throw new CheckpointException(
                        "it needs the subsystem %s of bundle %s; this kernel has none"
                                .formatted(
                                        String.join(", ", bundle.subsystems()),
                                        bundle.symbolicName()));
            }
        }
    }

    private static String reasonOf(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "permission denied";
            case FileSystemException failed when failed.getReason() != null -> failed.getReason();
            default -> String.valueOf(e.getMessage());
        };
    }

    private static SwapException refusal(String what, Path file, String why, Exception cause) {
        return new SwapException(what + " " + file + ": " + why, cause);
    }
}
