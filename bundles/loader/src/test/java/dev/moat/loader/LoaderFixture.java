package dev.moat.loader;

import dev.moat.abi.Errno;
import dev.moat.api.exec.ProgramLoader;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.task.CredentialDraft;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Limits;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A loader among fakes: files by path, one address space. */
final class LoaderFixture {
    final Map<String, FakeProgram> files = new HashMap<>();
    final FakeAddressSpace space = new FakeAddressSpace();
    long stackLimit = 8 << 20;

    private final HostSystem host =
            Fakes.fake(
                    HostSystem.class,
                    (method, arguments) ->
                            switch (method) {
                                case "auxiliaryValue" -> 0x1234L;
                                case "timestampCounter" -> 0L;
                                case "random" -> {
                                    Arrays.fill((byte[]) arguments[0], (byte) 0xab);
                                    yield null;
                                }
                                default -> throw Fakes.unexpected(method);
                            });

    private final Vfs vfs =
            Fakes.fake(
                    Vfs.class,
                    (method, arguments) ->
                            switch (method) {
                                case "resolve" -> resolve((String) arguments[1]);
                                case "openProgram" -> open(((VfsPath) arguments[1]).name());
                                default -> throw Fakes.unexpected(method);
                            });

    private final Map<String, Object> parts = new HashMap<>();

    private final Sandbox sandbox =
            Fakes.fake(
                    Sandbox.class,
                    (method, arguments) ->
                            switch (method) {
                                case "vfs" -> vfs;
                                case "part" ->
                                        parts.computeIfAbsent(
                                                (String) arguments[0],
                                                name -> ((Supplier<?>) arguments[1]).get());
                                case "memory" ->
                                        Fakes.fake(
                                                SandboxMemory.class,
                                                (name, none) ->
                                                        Fakes.fake(FilePages.class, (m, a) -> 0L));
                                case "platform" ->
                                        Fakes.fake(
                                                PlatformSession.class,
                                                (name, none) -> FakeAddressSpace.LIMIT);
                                default -> throw Fakes.unexpected(method);
                            });

    final Task task =
            Fakes.fake(
                    Task.class,
                    (method, arguments) ->
                            switch (method) {
                                case "sandbox" -> sandbox;
                                case "namespaces" -> Namespaces.firstOf(sandbox);
                                case "group" ->
                                        Fakes.fake(
                                                ThreadGroup.class,
                                                (name, none) ->
                                                        Fakes.fake(
                                                                Limits.class,
                                                                (limit, which) -> stackLimit));
                                default -> throw Fakes.unexpected(method);
                            });

    private final LoaderComponent loader =
            new LoaderComponent(
                    host,
                    Fakes.fake(
                            HostMemory.class,
                            (m, a) -> {
                                throw Fakes.unexpected(m);
                            }));

    ProgramLoader.Image load(String path, List<String> arguments, List<String> environment) {
        CredentialDraft draft =
                new CredentialDraft(
                        Credentials.ofUser(
                                1000,
                                1001,
                                new int[0],
                                new Credentials.CapabilitySets(0, 0, 0, 0, 0)));
        draft.effectiveUid = 1002;
        draft.effectiveGid = 1003;
        Credentials credentials = draft.finish();
        return loader.load(
                task,
                new ProgramLoader.Request(
                        open(path), path, arguments, environment, credentials, false),
                space.manager());
    }

    private VfsPath resolve(String path) {
        FakeProgram file = files.get(path);
        if (file == null) {
            throw Errno.ENOENT.exception();
        }
        Inode inode = file.inode();
        return Fakes.fake(
                VfsPath.class,
                (method, arguments) ->
                        switch (method) {
                            case "inode" -> inode;
                            case "name" -> path;
                            default -> throw Fakes.unexpected(method);
                        });
    }

    private FileDescription open(String path) {
        return files.get(path);
    }
}
