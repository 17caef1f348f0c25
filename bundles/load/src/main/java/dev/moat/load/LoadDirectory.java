package dev.moat.load;

import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.subsystem.Subsystem;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.SwapService;
import dev.moat.api.swap.SwapService.Part;
import dev.moat.api.swap.SwapService.Request;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes kernel bundles out of the hands of fileinstall, which would stop the old one under the
 * sandboxes; what is none it installs itself. A failure is told in one line of the log: there is
 * nobody to answer.
 */
@Component(service = ArtifactInstaller.class)
public final class LoadDirectory implements ArtifactInstaller {
    private final Logger logger = LoggerFactory.getLogger(LoadDirectory.class);
    private final SwapService swaps;
    private final SandboxManager sandboxes;
    private final Revisions revisions;

    @Activate
    public LoadDirectory(
            @Reference SwapService swaps,
            @Reference SandboxManager sandboxes,
            @Reference Revisions revisions) {
        this.swaps = swaps;
        this.sandboxes = sandboxes;
        this.revisions = revisions;
    }

    @Override
    public boolean canHandle(File artifact) {
        try (var jar = new JarFile(artifact)) {
            Manifest manifest = jar.getManifest();
            return manifest != null
                    && String.valueOf(manifest.getMainAttributes().getValue("Provide-Capability"))
                            .contains(Subsystem.NAMESPACE);
        } catch (IOException e) {
            // no jar, or one that is still being copied: fileinstall asks again
            return false;
        }
    }

    @Override
    public void install(File artifact) {
        update(artifact);
    }

    @Override
    public void update(File artifact) {
        try {
            swaps.swap(
                    new Request(
                            sandboxes.sandboxes(),
                            List.of(new Part(Optional.empty(), artifact.toURI())),
                            Request.SAFE_POINT_LIMIT,
                            Request.PROBATION));
            logger.info("{} is in place", artifact);
        } catch (SwapException e) {
            logger.error("{} is not in place: {}", artifact, e.getMessage());
        }
    }

    /** What is in use stays in use: its file has been read. */
    @Override
    public void uninstall(File artifact) {
        String location = artifact.toURI().toString();
        for (Revision revision : revisions.installed()) {
            if (revision.location().equals(location)) {
                try {
                    revisions.uninstall(revision);
                } catch (SwapException e) {
                    logger.warn("{} stays without its file: {}", revision, e.getMessage());
                }
            }
        }
    }
}
