package dev.moat.lib.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RevisionedServicesTest {
    private final RevisionedServices<String> services = new RevisionedServices<>();

    @Test
    void theHighestInstallationWins_notTheFirstRegistration() {
        services.add("new", Map.of("service.bundleid", 40L, "service.id", 1L));
        services.add("old", Map.of("service.bundleid", 7L, "service.id", 2L));
        assertEquals(Optional.of("new"), services.newest(_ -> true));
        assertEquals(List.of("new", "old"), services.services(_ -> true));
    }

    @Test
    void onlyWantedRevisionsAreSeen() {
        services.add("new", Map.of("service.bundleid", 40L, "service.id", 2L));
        services.add("old", Map.of("service.bundleid", 7L, "service.id", 1L));
        assertEquals(Optional.of("old"), services.newest(revision -> revision < 10));
        assertEquals(Optional.empty(), services.newest(revision -> revision > 50));
    }

    @Test
    void aRemovedServiceIsGone_anUnknownOneIsIgnored() {
        services.add("one", Map.of("service.bundleid", 1L, "service.id", 1L));
        services.remove("other");
        services.remove("one");
        assertEquals(List.of(), services.all());
    }

    @Test
    void aServiceWithoutBundleIsAlwaysWanted() {
        services.add("plain", Map.of());
        assertEquals(Optional.of("plain"), services.newest(_ -> false));
    }
}
