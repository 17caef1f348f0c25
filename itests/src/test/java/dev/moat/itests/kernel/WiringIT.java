package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.syscall.SyscallTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;

/** The assembly resolves, and its services are there. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class WiringIT {
    @Inject SandboxManager manager;

    @Inject SyscallTable table;

    @Inject BundleContext context;

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    @Test
    public void everyBundleRuns() {
        List<String> down = new ArrayList<>();
        for (Bundle bundle : context.getBundles()) {
            boolean fragment = bundle.getHeaders().get("Fragment-Host") != null;
            if (!fragment && bundle.getState() != Bundle.ACTIVE) {
                down.add(bundle.getSymbolicName());
            }
        }
        assertEquals(List.of(), down);
    }

    @Test
    public void noImplementationExportsAnything() {
        List<String> exporting = new ArrayList<>();
        for (Bundle bundle : context.getBundles()) {
            String name = String.valueOf(bundle.getSymbolicName());
            boolean ours = name.startsWith("dev.moat.") && !name.equals("dev.moat.jnr");
            if (ours && bundle.getHeaders().get("Export-Package") != null) {
                exporting.add(name);
            }
        }
        assertEquals(List.of(), exporting);
    }

    @Test
    public void everyBundleSaysWhichSubsystemItMakes() {
        List<String> silent = new ArrayList<>();
        List<String> told = new ArrayList<>();
        for (Bundle bundle : context.getBundles()) {
            String name = String.valueOf(bundle.getSymbolicName());
            // other people's libraries in one bundle
            if (!name.startsWith("dev.moat.") || name.equals("dev.moat.jnr")) {
                continue;
            }
            List<BundleCapability> capabilities =
                    bundle.adapt(BundleRevision.class).getDeclaredCapabilities("moat.subsystem");
            if (capabilities.isEmpty()) {
                silent.add(name);
            }
            for (BundleCapability capability : capabilities) {
                var attributes = capability.getAttributes();
                told.add(attributes.get("name") + "/" + attributes.get("impl"));
                assertEquals(
                        new Version(
                                bundle.getVersion().getMajor(),
                                bundle.getVersion().getMinor(),
                                bundle.getVersion().getMicro()),
                        attributes.get("version"));
            }
        }
        assertEquals(List.of(), silent);
        assertTrue(
                told.toString(),
                told.containsAll(
                        List.of("platform/ptrace", "platform/trap", "fs/devpts", "fs/devtmpfs")));
        assertEquals("no two bundles make the same", Set.copyOf(told).size(), told.size());
    }

    @Test
    public void thePlatformsAreThere() throws InvalidSyntaxException {
        List<String> names =
                context.getServiceReferences(Platform.class, null).stream()
                        .map(reference -> (String) reference.getProperty("moat.platform"))
                        .sorted()
                        .toList();
        assertEquals(List.of("ptrace", "trap"), names);
    }

    @Test
    public void theTableIsComposedOfAllSubsystems() {
        List<String> subsystems =
                table.entries().stream().map(SyscallTable.Entry::subsystem).distinct().toList();
        assertTrue(subsystems.toString(), subsystems.containsAll(List.of("vfs", "mm", "task")));
        assertTrue(manager.sandboxes().isEmpty());
    }
}
