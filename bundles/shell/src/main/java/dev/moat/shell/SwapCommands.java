package dev.moat.shell;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.swap.SwapService;
import dev.moat.api.swap.SwapService.Part;
import dev.moat.api.swap.SwapService.Request;
import dev.moat.api.swap.SwapService.SwapRecord;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Replaces parts of running sandboxes. */
@Component(service = SwapCommands.class)
@GogoCommand(
        scope = "moat",
        function = {"install", "swap", "history", "rollback"})
public final class SwapCommands {
    private final SwapService swaps;
    private final SandboxManager manager;
    private final Sandboxes sandboxes;

    @Activate
    public SwapCommands(@Reference SwapService swaps, @Reference SandboxManager manager) {
        this.swaps = swaps;
        this.manager = manager;
        this.sandboxes = new Sandboxes(manager);
    }

    @Descriptor(
            "replaces bundles under running sandboxes, all of them or none, and prints what was done; "
                    + "new sandboxes get the new revisions, too")
    public void swap(
            @Descriptor(
                            "[--limit MS] [--probation S] SANDBOX SUBSYSTEM=FILE..., --all FILE..., or"
                                    + " SANDBOX platform=NAME: FILE is a path or an address of a bundle's"
                                    + " jar; --limit bounds the time until all tasks stand still (50);"
                                    + " a kernel bug within --probation (10) takes the swap back")
                    String[] words) {
        SwapArguments arguments = SwapArguments.parse(words);
        List<Sandbox> chosen =
                arguments
                        .sandbox()
                        .map(name -> List.of(sandboxes.named(name)))
                        .orElseGet(manager::sandboxes);
        List<SwapRecord> records =
                arguments
                        .platform()
                        .map(platform ->
                                List.of(
                                        swaps.movePlatform(
                                                chosen.getFirst(),
                                                platform,
                                                arguments.safePointLimit())))
                        .orElseGet(() ->
                                swaps.swap(
                                        new Request(
                                                chosen,
                                                arguments.parts(),
                                                arguments.safePointLimit(),
                                                arguments.probation())));
        SwapTable.lines(records).forEach(System.out::println);
    }

    @Descriptor(
            "adds a bundle: new sandboxes get it, and running ones what nobody served there so far, such as"
                    + " another type of file system")
    public void install(@Descriptor("a path or an address of a bundle's jar") String file) {
        swaps.swap(
                new Request(
                        List.of(),
                        List.of(
                                new Part(
                                        Optional.empty(), SwapArguments.location("install", file))),
                        Request.SAFE_POINT_LIMIT,
                        Request.PROBATION));
    }

    @Descriptor("lists the swaps of a sandbox: when, what, how long it stood still, how it ended")
    public void history(@Descriptor("name of the sandbox") String name) {
        SwapTable.lines(swaps.history(sandboxes.named(name))).forEach(System.out::println);
    }

    @Descriptor("undoes the last swap of a sandbox")
    public void rollback(@Descriptor("name of the sandbox") String name) {
        SwapTable.lines(swaps.rollback(sandboxes.named(name))).forEach(System.out::println);
    }
}
