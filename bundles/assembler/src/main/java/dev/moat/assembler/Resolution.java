package dev.moat.assembler;

import aQute.bnd.osgi.repository.ResourcesRepository;
import biz.aQute.resolve.BndResolver;
import biz.aQute.resolve.BndrunResolveContext;
import biz.aQute.resolve.ResolverLogger;
import dev.moat.api.subsystem.NeedsSubsystem;
import dev.moat.api.subsystem.Subsystem;
import dev.moat.cli.KernelException;
import dev.moat.cli.KernelHomes.Offered;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;
import org.osgi.resource.Wire;
import org.osgi.service.resolver.ResolutionException;

/**
 * Which bundles a kernel is made of, and why each one is.
 *
 * @param choices in the order of their start
 * @param leftOut the bundles of the stock that are not needed
 */
record Resolution(List<Choice> choices, List<Part> leftOut) {
    /** A bundle and the reason for it. */
    record Choice(Part part, String reason) {}

    /** Without sandboxes there is no kernel, so nobody has to ask for them. */
    private static final String SANDBOX = Subsystem.NAMESPACE + ";filter:='(name=sandbox)'";

    /**
     * Resolves what a recipe asks for.
     *
     * @throws KernelException naming the missing piece
     */
    static Resolution of(Recipe recipe, Stock stock, Offered offered) {
        recipe.properties().setProperty("-runrequires.moat-sandbox", SANDBOX);
        recipe.properties().setProperty("-resolve.effective", "active");
        recipe.properties().setProperty("-runfw", "none");
        recipe.properties().setProperty("-runee", "JavaSE-25");
        recipe.properties().setProperty("-runsystempackages", offered.exportedPackages());
        recipe.properties().setProperty("-runsystemcapabilities", offered.capabilities());
        List<Resource> visible =
                stock.parts().stream()
                        .filter(part -> !isUnaskedAlternative(part, recipe, stock))
                        .map(Part::resource)
                        .toList();
        recipe.properties().addBasicPlugin(new ResourcesRepository(visible));
        try (var silence = new PrintStream(OutputStream.nullOutputStream());
                var log = new ResolverLogger(0, silence)) {
            var context =
                    new BndrunResolveContext(recipe.properties(), null, recipe.properties(), log);
            context.init();
            try {
                return explain(new BndResolver(log).resolve(context), context, recipe, stock);
            } catch (ResolutionException e) {
                throw new KernelException(new MissingPiece(recipe, stock, context).describe(e), e);
            }
        }
    }

    /**
     * Says whether a bundle is one of several ways between which an operator has to choose, and was
     * not asked for.
     */
    private static boolean isUnaskedAlternative(Part part, Recipe recipe, Stock stock) {
        boolean alternative =
                stock.parts().stream()
                        .flatMap(other ->
                                other.resource().getRequirements(Subsystem.NAMESPACE).stream())
                        .filter(Resolution::isForTheOperator)
                        .anyMatch(requirement -> stock.offering(requirement).contains(part));
        return alternative
                && recipe.asked().stream()
                        .noneMatch(requirement -> stock.offering(requirement).contains(part));
    }

    private static boolean isForTheOperator(Requirement requirement) {
        return NeedsSubsystem.BY_OPERATOR.equals(
                requirement.getDirectives().get(NeedsSubsystem.CHOICE));
    }

    private static Resolution explain(
            Map<Resource, List<Wire>> wiring,
            BndrunResolveContext context,
            Recipe recipe,
            Stock stock) {
        Map<Part, List<Wire>> users = new HashMap<>();
        for (Resource resource : wiring.keySet()) {
            Part part = stock.of(resource);
            if (part != null) {
                users.put(part, new ArrayList<>());
            }
        }
        wiring.values().stream()
                .flatMap(List::stream)
                .forEach(wire -> {
                    Part provider = stock.of(wire.getProvider());
                    if (provider != null && !wire.getRequirer().equals(wire.getProvider())) {
                        users.computeIfAbsent(provider, _ -> new ArrayList<>()).add(wire);
                    }
                });
        List<Choice> choices =
                users.entrySet().stream()
                        .map(entry ->
                                new Choice(
                                        entry.getKey(),
                                        reason(entry.getValue(), context, recipe, stock)))
                        .sorted(
                                Comparator.comparing((Choice choice) -> choice.part().directory())
                                        .thenComparing(choice -> choice.part().name()))
                        .toList();
        List<Part> leftOut =
                stock.parts().stream().filter(part -> !users.containsKey(part)).toList();
        return new Resolution(choices, leftOut);
    }

    /** The best reason of several: asked for, needed as a subsystem, needed otherwise. */
    private static String reason(
            List<Wire> users, BndrunResolveContext context, Recipe recipe, Stock stock) {
        @Nullable Wire best =
                users.stream()
                        .min(
                                Comparator.comparingInt((Wire wire) -> rank(wire, context))
                                        .thenComparing(wire -> Words.need(wire.getRequirement()))
                                        .thenComparing(wire -> requirer(wire, stock)))
                        .orElse(null);
        if (best == null) {
            return "";
        }
        String need = Words.need(best.getRequirement());
        if (context.isInputResource(best.getRequirer())) {
            return recipe.asked().stream().map(Words::need).anyMatch(need::equals)
                    ? "asked for: " + need
                    : "every kernel has it";
        }
        return requirer(best, stock) + " needs " + need;
    }

    private static String requirer(Wire wire, Stock stock) {
        Part part = stock.of(wire.getRequirer());
        return part == null ? "the framework" : part.name();
    }

    private static int rank(Wire wire, BndrunResolveContext context) {
        if (context.isInputResource(wire.getRequirer())) {
            return 0;
        }
        return switch (wire.getRequirement().getNamespace()) {
            case Subsystem.NAMESPACE -> 1;
            case Words.SERVICE -> 2;
            case Words.PACKAGE -> 3;
            default -> 4;
        };
    }
}
