package dev.moat.vfs.component;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.SharedParts;
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.api.vfs.CharacterDevice;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsService;
import dev.moat.vfs.CharacterDevices;
import dev.moat.vfs.FilesystemTypes;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.calls.AllCalls;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * The service of the VFS and the provider of its system calls; knows the file system types and
 * devices of all bundles.
 */
@Component(service = {VfsService.class, SyscallProvider.class})
public final class VfsComponent implements VfsService, SyscallProvider, SharedParts {
    private final FilesystemTypes types = new FilesystemTypes();
    private final CharacterDevices devices = new CharacterDevices();
    private final List<Object> handlers = AllCalls.create();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addType(FilesystemType type, Map<String, Object> properties) {
        types.add(type, properties);
    }

    void removeType(FilesystemType type) {
        types.remove(type);
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addDevice(CharacterDevice driver, Map<String, Object> properties) {
        devices.add(driver, properties);
    }

    void removeDevice(CharacterDevice driver) {
        devices.remove(driver);
    }

    @Override
    public Vfs create(Sandbox sandbox) {
        return new SandboxVfs(sandbox, types, devices);
    }

    @Override
    public String subsystem() {
        return "vfs";
    }

    @Override
    public List<Object> handlers() {
        return handlers;
    }

    @Override
    public MethodHandles.Lookup lookup() {
        return MethodHandles.lookup();
    }

    @Override
    public Map<String, Object> sharedParts() {
        return Map.of("types", types, "devices", devices);
    }
}
