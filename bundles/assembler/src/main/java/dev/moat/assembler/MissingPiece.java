package dev.moat.assembler;

import biz.aQute.resolve.BndrunResolveContext;
import dev.moat.api.subsystem.Subsystem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.osgi.resource.Capability;
import org.osgi.resource.Namespace;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;
import org.osgi.service.resolver.ResolutionException;

/** Finds out why there is no kernel to a recipe, and what to add to it. */
final class MissingPiece {
    private final Recipe recipe;
    private final Stock stock;
    private final BndrunResolveContext context;

    MissingPiece(Recipe recipe, Stock stock, BndrunResolveContext context) {
        this.recipe = recipe;
        this.stock = stock;
        this.context = context;
    }

    /** Gives one line for the operator. */
    String describe(ResolutionException failure) {
        List<Requirement> missing = collectMissing();
        return missing.stream()
                .filter(requirement -> requirement.getNamespace().equals(Subsystem.NAMESPACE))
                .findFirst()
                .or(() -> missing.stream().findFirst())
                .map(this::sentence)
                .orElseGet(() ->
                        recipe.name()
                                + " has no solution: "
                                + String.valueOf(failure.getMessage())
                                        .lines()
                                        .findFirst()
                                        .orElse("no reason is known"));
    }

    /** Walks from what is asked for to what that needs, and so on; collects what nobody offers. */
    private List<Requirement> collectMissing() {
        List<Requirement> missing = new ArrayList<>();
        Set<Resource> seen = new HashSet<>();
        Deque<Resource> left = new ArrayDeque<>(List.of(context.getInputResource()));
        while (!left.isEmpty()) {
            Resource resource = left.removeFirst();
            if (!seen.add(resource) || context.isSystemResource(resource)) {
                continue;
            }
            for (Requirement requirement : resource.getRequirements(null)) {
                if (isOptional(requirement) || !context.isEffective(requirement)) {
                    continue;
                }
                List<Capability> offers = context.findProviders(requirement);
                if (offers.isEmpty()) {
                    missing.add(requirement);
                } else {
                    left.addLast(offers.getFirst().getResource());
                }
            }
        }
        return missing;
    }

    private String sentence(Requirement missing) {
        String need = Words.need(missing);
        Optional<String> remedy = remedy(missing);
        if (context.isInputResource(missing.getResource())) {
            return "%s asks for %s, which no bundle offers%s"
                    .formatted(recipe.name(), need, remedy.orElse(""));
        }
        return "%s needs %s; %s"
                .formatted(
                        needy(missing.getResource()),
                        missing.getNamespace().equals(Subsystem.NAMESPACE) ? "a " + need : need,
                        remedy.orElse("no bundle offers it"));
    }

    private String needy(Resource resource) {
        @Nullable Part part = stock.of(resource);
        if (part == null) {
            return "the kernel";
        }
        return part.subsystems().contains("sandbox") ? "a kernel" : part.name();
    }

    private Optional<String> remedy(Requirement missing) {
        List<Part> offering = stock.offering(missing);
        List<Part> forbidden = offering.stream().filter(recipe::forbids).toList();
        if (!offering.isEmpty() && forbidden.size() == offering.size()) {
            return Optional.of(
                    (context.isInputResource(missing.getResource()) ? " but " : "only ")
                            + names(forbidden)
                            + (context.isInputResource(missing.getResource()) ? "" : " offers it")
                            + ", and -runblacklist of "
                            + recipe.name()
                            + " forbids that");
        }
        if (!missing.getNamespace().equals(Subsystem.NAMESPACE)) {
            return Optional.empty();
        }
        if (!offering.isEmpty()) {
            return Optional.of("add one of: " + clauses(missing));
        }
        return Words.value(Words.filter(missing), Subsystem.NAME)
                .map(this::ways)
                .filter(ways -> !ways.isEmpty())
                .map(ways -> "; there are: " + ways);
    }

    /** What to write to get each of the ways in which a need can be met. */
    private String clauses(Requirement missing) {
        return stock.offering(missing).stream()
                .filter(part -> !recipe.forbids(part))
                .flatMap(part -> part.capabilities(Subsystem.NAMESPACE).stream())
                .map(Words::clause)
                .collect(Collectors.joining(", "));
    }

    /** All ways in which a subsystem of that name is made. */
    private String ways(String name) {
        return stock.parts().stream()
                .flatMap(part -> part.capabilities(Subsystem.NAMESPACE).stream())
                .filter(offer -> name.equals(offer.getAttributes().get(Subsystem.NAME)))
                .map(Words::subsystem)
                .sorted()
                .collect(Collectors.joining(", "));
    }

    private static String names(List<Part> parts) {
        return parts.stream().map(Part::name).collect(Collectors.joining(", "));
    }

    private static boolean isOptional(Requirement requirement) {
        return Namespace.RESOLUTION_OPTIONAL.equals(
                requirement.getDirectives().get(Namespace.REQUIREMENT_RESOLUTION_DIRECTIVE));
    }
}
