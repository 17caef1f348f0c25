/* add_key(2), request_key(2), keyctl(2), keyrings(7). Each test has a session keyring of its own. */
#include "check.h"

#include <grp.h>
#include <linux/keyctl.h>
#include <pthread.h>

#define SOMEBODY 12345
#define POS(rights) ((unsigned)(rights) << 24)
#define USR(rights) ((unsigned)(rights) << 16)
#define OTH(rights) ((unsigned)(rights))
enum { VIEW = 1, READ = 2, WRITE = 4, SEARCH = 8, LINK = 16, SETATTR = 32, ALL = 63 };

static long add(const char *type, const char *description, const void *payload, size_t bytes, int keyring) {
    return syscall(SYS_add_key, type, description, payload, bytes, keyring);
}

static long request(const char *type, const char *description, int keyring) {
    return syscall(SYS_request_key, type, description, NULL, keyring);
}

static long ctl(int option, long a, long b, long c, long d) {
    return syscall(SYS_keyctl, option, a, b, c, d);
}

static int begin(void) {
    long session = ctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
    if (session < 0 && (errno == ENOSYS || errno == EPERM)) SKIP("no keys");
    REQUIRE(session > 0);
    return session;
}

static const char *described(int key) {
    static char text[4200];
    long size = ctl(KEYCTL_DESCRIBE, key, (long)text, sizeof text, 0);
    if (size < 0) return check_errno(errno);
    CHECK_EQ(size, strlen(text) + 1);
    return text;
}

static const char *content(int key) {
    static char text[256];
    long size = ctl(KEYCTL_READ, key, (long)text, sizeof text - 1, 0);
    if (size < 0) return check_errno(errno);
    text[size] = 0;
    return text;
}

static bool holds(int keyring, int key) {
    int serials[64];
    long size = ctl(KEYCTL_READ, keyring, (long)serials, sizeof serials, 0);
    for (long i = 0; i < size / 4 && i < 64; i++) {
        if (serials[i] == key) return true;
    }
    return false;
}

static void become(int user) {
    REQUIRE_OK(setgroups(0, NULL));
    REQUIRE_OK(setresgid(user, user, user));
    REQUIRE_OK(setresuid(user, user, user));
}

TEST(addKey_makesAKey) {
    int session = begin();
    int key = REQUIRE_OK(add("user", "moat:a", "payload", 7, KEY_SPEC_SESSION_KEYRING));
    CHECK_STR(content(key), "payload");
    CHECK(holds(session, key));
    CHECK(strstr(described(key), ";3f010000;moat:a") != NULL);
    CHECK(strncmp(described(key), "user;", 5) == 0);
    CHECK_EQ(request("user", "moat:a", 0), key);
    char small[3] = "xy";
    CHECK_EQ(ctl(KEYCTL_READ, key, (long)small, 2, 0), 7);
    CHECK_STR(small, "xy");
    CHECK_EQ(ctl(KEYCTL_READ, key, 0, 0, 0), 7);
    CHECK_EQ(ctl(KEYCTL_GET_SECURITY, key, (long)small, 2, 0), 1);
    CHECK_EQ(small[0], 0);
}

TEST(addKey_again_updates) {
    begin();
    int key = REQUIRE_OK(add("user", "moat:a", "one", 3, KEY_SPEC_SESSION_KEYRING));
    CHECK_EQ(add("user", "moat:a", "second", 6, KEY_SPEC_SESSION_KEYRING), key);
    CHECK_STR(content(key), "second");
    CHECK_OK(ctl(KEYCTL_UPDATE, key, (long)"third", 5, 0));
    CHECK_STR(content(key), "third");
    CHECK_ERR(ctl(KEYCTL_UPDATE, key, (long)"", 0, 0), EINVAL);
    CHECK_ERR(ctl(KEYCTL_UPDATE, key, 0, 5000, 0), EINVAL);
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, KEY_SPEC_SESSION_KEYRING));
    CHECK(add("keyring", "moat:r", NULL, 0, KEY_SPEC_SESSION_KEYRING) != ring);
    EVENTUALLY(strcmp(described(ring), "ENOKEY") == 0);
}

TEST(addKey_refuses) {
    int session = begin();
    char long_type[40];
    memset(long_type, 'x', sizeof long_type);
    long_type[39] = 0;
    CHECK_ERR(add("user", "moat:a", "", 0, session), EINVAL);
    CHECK_ERR(add("user", "", "x", 1, session), EINVAL);
    CHECK_ERR(add("user", NULL, "x", 1, session), EINVAL);
    CHECK_ERR(add("", "a", "x", 1, session), EINVAL);
    CHECK_ERR(add(long_type, "a", "x", 1, session), EINVAL);
    CHECK_ERR(add("nothing", "a", "x", 1, session), ENODEV);
    CHECK_ERR(add(".system", "a", "x", 1, session), EPERM);
    CHECK_ERR(add("keyring", ".a", NULL, 0, session), EPERM);
    CHECK_ERR(add("keyring", "a", "x", 1, session), EINVAL);
    CHECK_ERR(add("logon", "plain", "x", 1, session), EINVAL);
    CHECK_ERR(add("logon", ":plain", "x", 1, session), EINVAL);
    CHECK_ERR(add("user", "a", "x", 1 << 20, session), EINVAL);
    CHECK_ERR(add("user", "a", (char *)8, 4, session), EFAULT);
    CHECK_ERR(add((char *)8, "a", "x", 1, session), EFAULT);
    CHECK_ERR(add("user", "a", "x", 1, 0), EINVAL);
    CHECK_ERR(add("user", "a", "x", 1, KEY_SPEC_GROUP_KEYRING), EINVAL);
    CHECK_ERR(add("user", "a", "x", 1, -99), EINVAL);
    CHECK_ERR(add("user", "a", "x", 1, 0x7ffffffe), ENOKEY);
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    CHECK_ERR(add("user", "moat:b", "x", 1, key), ENOTDIR);
    CHECK_ERR(ctl(99, 0, 0, 0, 0), EOPNOTSUPP);
}

TEST(logonKeys_cannotBeRead) {
    begin();
    int key = REQUIRE_OK(add("logon", "moat:a", "secret", 6, KEY_SPEC_SESSION_KEYRING));
    CHECK_ERR(ctl(KEYCTL_READ, key, 0, 0, 0), EOPNOTSUPP);
    CHECK(strstr(described(key), ";3d010000;moat:a") != NULL);
    CHECK_EQ(add("logon", "moat:a", "other", 5, KEY_SPEC_SESSION_KEYRING), key);
}

TEST(requestKey_findsWhatIsPossessed) {
    int session = begin();
    CHECK_ERR(request("user", "moat:none", 0), ENOKEY);
    CHECK_ERR(request("nothing", "moat:none", 0), ENOKEY);
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, session));
    int deeper = REQUIRE_OK(add("keyring", "moat:d", NULL, 0, ring));
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, deeper));
    CHECK_EQ(request("user", "moat:a", 0), key);
    CHECK(!holds(session, key));
    CHECK_EQ(request("user", "moat:a", session), key);
    CHECK(holds(session, key));
    CHECK_EQ(ctl(KEYCTL_SEARCH, ring, (long)"user", (long)"moat:a", 0), key);
    CHECK_ERR(ctl(KEYCTL_SEARCH, ring, (long)"user", (long)"moat:b", 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_SEARCH, key, (long)"user", (long)"moat:b", 0), ENOTDIR);
    /* that of the process comes before that of the session */
    int nearer = REQUIRE_OK(add("user", "moat:a", "y", 1, KEY_SPEC_PROCESS_KEYRING));
    CHECK_EQ(request("user", "moat:a", 0), nearer);
    int nearest = REQUIRE_OK(add("user", "moat:a", "y", 1, KEY_SPEC_THREAD_KEYRING));
    CHECK_EQ(request("user", "moat:a", 0), nearest);
}

TEST(specialKeyrings_areMadeOnDemand) {
    begin();
    CHECK_ERR(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 0, 0, 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_REQKEY_AUTH_KEY, 1, 0, 0), ENOKEY);
    int thread = REQUIRE_OK(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 1, 0, 0));
    int process = REQUIRE_OK(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1, 0, 0));
    CHECK(strstr(described(thread), ";3f010000;_tid") != NULL);
    CHECK(strstr(described(process), ";3f010000;_pid") != NULL);
    CHECK(strstr(described(KEY_SPEC_SESSION_KEYRING), ";3f030000;_ses") != NULL);
    char name[64];
    snprintf(name, sizeof name, ";1f3f0000;_uid.%d", getuid());
    CHECK(strstr(described(KEY_SPEC_USER_KEYRING), name) != NULL);
    snprintf(name, sizeof name, ";1f3f0000;_uid_ses.%d", getuid());
    CHECK(strstr(described(KEY_SPEC_USER_SESSION_KEYRING), name) != NULL);
    CHECK(holds(KEY_SPEC_USER_SESSION_KEYRING, ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0, 0, 0)));
}

static void *other_thread(void *process) {
    /* a new one, as its maker had one */
    CHECK(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 0, 0, 0) > 0);
    CHECK_EQ(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0), *(int *)process);
    return NULL;
}

TEST(keyrings_throughForkThreadsAndExec) {
    int session = begin();
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    int process = REQUIRE_OK(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1, 0, 0));
    int thread = REQUIRE_OK(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 1, 0, 0));
    pthread_t id;
    REQUIRE(pthread_create(&id, NULL, other_thread, &process) == 0);
    pthread_join(id, NULL);
    CHECK_EQ(IN_CHILD({
                 CHECK_EQ(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0), session);
                 CHECK_ERR(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0), ENOKEY);
                 CHECK_EQ(request("user", "moat:a", 0), key);
                 REQUIRE(ctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0) != session);
                 CHECK_ERR(request("user", "moat:a", 0), ENOKEY);
             }),
            0);
    CHECK_EQ(request("user", "moat:a", 0), key);
    CHECK_EQ(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 0, 0, 0), thread);
}

TEST(session_byName_isShared) {
    begin();
    char name[64];
    snprintf(name, sizeof name, "moat-%d", getpid());
    int named = REQUIRE_OK(ctl(KEYCTL_JOIN_SESSION_KEYRING, (long)name, 0, 0, 0));
    CHECK(strstr(described(named), ";3f130000;moat-") != NULL);
    CHECK_ERR(ctl(KEYCTL_JOIN_SESSION_KEYRING, (long)".x", 0, 0, 0), EPERM);
    /* others need leave to search it */
    CHECK_OK(ctl(KEYCTL_SETPERM, named, POS(ALL) | USR(ALL), 0, 0));
    int ends[2];
    pipe(ends);
    CHECK_EQ(IN_CHILD({
                 begin();
                 CHECK_EQ(ctl(KEYCTL_JOIN_SESSION_KEYRING, (long)name, 0, 0, 0), named);
             }),
            0);
}

TEST(links_andUnlinks) {
    int session = begin();
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, session));
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    CHECK_OK(ctl(KEYCTL_LINK, key, ring, 0, 0));
    CHECK_OK(ctl(KEYCTL_LINK, key, ring, 0, 0));
    CHECK(holds(ring, key));
    CHECK_EQ(ctl(KEYCTL_READ, ring, 0, 0, 0), 4);
    CHECK_ERR(ctl(KEYCTL_LINK, ring, ring, 0, 0), EDEADLK);
    CHECK_ERR(ctl(KEYCTL_LINK, session, ring, 0, 0), EDEADLK);
    CHECK_ERR(ctl(KEYCTL_LINK, key, key, 0, 0), ENOTDIR);
    CHECK_OK(ctl(KEYCTL_UNLINK, key, session, 0, 0));
    CHECK_ERR(ctl(KEYCTL_UNLINK, key, session, 0, 0), ENOENT);
    CHECK_STR(content(key), "x");
    /* of two of one name the later one stays */
    int other = REQUIRE_OK(add("user", "moat:a", "y", 1, session));
    CHECK_OK(ctl(KEYCTL_LINK, other, ring, 0, 0));
    CHECK(!holds(ring, key) && holds(ring, other));
    EVENTUALLY(strcmp(described(key), "ENOKEY") == 0);
    CHECK_OK(ctl(KEYCTL_CLEAR, ring, 0, 0, 0));
    CHECK_EQ(ctl(KEYCTL_READ, ring, 0, 0, 0), 0);
    CHECK_ERR(ctl(KEYCTL_CLEAR, other, 0, 0, 0), ENOTDIR);
}

TEST(nestedKeyrings_goWithTheLastLink) {
    int session = begin();
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, session));
    int below = REQUIRE_OK(add("keyring", "moat:d", NULL, 0, ring));
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, below));
    CHECK_OK(ctl(KEYCTL_UNLINK, ring, session, 0, 0));
    EVENTUALLY(strcmp(described(key), "ENOKEY") == 0);
    EVENTUALLY(strcmp(described(below), "ENOKEY") == 0);
}

TEST(move_takesAKeyElsewhere) {
    int session = begin();
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, session));
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    CHECK_ERR(ctl(KEYCTL_MOVE, key, session, ring, 8), EINVAL);
    CHECK_OK(ctl(KEYCTL_MOVE, key, session, ring, 0));
    CHECK(holds(ring, key) && !holds(session, key));
    CHECK_ERR(ctl(KEYCTL_MOVE, key, session, ring, 0), ENOENT);
    int other = REQUIRE_OK(add("user", "moat:a", "y", 1, session));
    CHECK_ERR(ctl(KEYCTL_MOVE, other, session, ring, KEYCTL_MOVE_EXCL), EEXIST);
    CHECK_OK(ctl(KEYCTL_MOVE, other, session, ring, 0));
    CHECK(holds(ring, other));
    CHECK_OK(ctl(KEYCTL_MOVE, other, ring, ring, 0));
}

TEST(revoked_expired_andInvalid) {
    int session = begin();
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    CHECK_OK(ctl(KEYCTL_REVOKE, key, 0, 0, 0));
    CHECK_STR(content(key), "EKEYREVOKED");
    CHECK_ERR(request("user", "moat:a", 0), EKEYREVOKED);
    CHECK_ERR(ctl(KEYCTL_UPDATE, key, (long)"y", 1, 0), EKEYREVOKED);
    int fresh = REQUIRE_OK(add("user", "moat:a", "y", 1, session));
    CHECK(fresh != key);
    CHECK_OK(ctl(KEYCTL_SET_TIMEOUT, fresh, 1, 0, 0));
    EVENTUALLY(strcmp(content(fresh), "EKEYEXPIRED") == 0);
    CHECK_ERR(request("user", "moat:a", 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_SEARCH, session, (long)"user", (long)"moat:a", 0), EKEYEXPIRED);
    CHECK_ERR(ctl(KEYCTL_SET_TIMEOUT, fresh, 0, 0, 0), EKEYEXPIRED);
    CHECK_STR(described(fresh), "EKEYEXPIRED");
    CHECK_EQ(add("user", "moat:a", "z", 1, session), fresh);
    CHECK_STR(content(fresh), "z");
    CHECK_OK(ctl(KEYCTL_SET_TIMEOUT, fresh, 1000, 0, 0));
    CHECK_OK(ctl(KEYCTL_SET_TIMEOUT, fresh, 0, 0, 0));
    CHECK_OK(ctl(KEYCTL_INVALIDATE, fresh, 0, 0, 0));
    CHECK_STR(described(fresh), "ENOKEY");
    EVENTUALLY(request("user", "moat:a", 0) < 0 && errno == ENOKEY);
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, session));
    CHECK_OK(ctl(KEYCTL_REVOKE, ring, 0, 0, 0));
    CHECK_ERR(add("user", "moat:b", "x", 1, ring), EKEYREVOKED);
}

TEST(rights_holdForPossessorsAndOthers) {
    need_root();
    int session = begin();
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    CHECK_ERR(ctl(KEYCTL_SETPERM, key, (long)0xffffffffu, 0, 0), EINVAL);
    CHECK_OK(ctl(KEYCTL_SETPERM, key, POS(ALL & ~(READ | WRITE)), 0, 0));
    CHECK_STR(content(key), "x"); /* whoever can find it */
    CHECK_ERR(ctl(KEYCTL_UPDATE, key, (long)"y", 1, 0), EACCES);
    CHECK_ERR(add("user", "moat:a", "y", 1, session), EACCES);
    CHECK_OK(ctl(KEYCTL_SETPERM, key, POS(ALL & ~SEARCH) | USR(VIEW), 0, 0));
    CHECK_ERR(request("user", "moat:a", 0), EACCES);
    CHECK_STR(content(key), "EACCES");
    CHECK(strstr(described(key), ";moat:a") != NULL);
    CHECK_ERR(ctl(KEYCTL_SETPERM, key, POS(ALL), 0, 0), EACCES);
    int open = REQUIRE_OK(add("user", "moat:b", "x", 1, session));
    CHECK_OK(ctl(KEYCTL_SETPERM, open, POS(ALL) | OTH(VIEW | READ), 0, 0));
    CHECK_EQ(IN_CHILD({
                 begin();
                 become(SOMEBODY);
                 CHECK_STR(described(key), "EACCES");
                 CHECK_STR(content(open), "x");
                 CHECK_ERR(ctl(KEYCTL_UPDATE, open, (long)"y", 1, 0), EACCES);
                 CHECK_ERR(ctl(KEYCTL_SETPERM, open, POS(ALL), 0, 0), EACCES);
                 CHECK_ERR(ctl(KEYCTL_CHOWN, open, SOMEBODY, -1, 0), EACCES);
             }),
            0);
    CHECK_OK(ctl(KEYCTL_CHOWN, open, SOMEBODY, SOMEBODY, 0));
    CHECK(strncmp(described(open), "user;12345;12345;", 17) == 0);
    CHECK_OK(ctl(KEYCTL_CHOWN, open, -1, -1, 0));
}

TEST(quota_holdsForUsers) {
    need_root();
    begin();
    long most = atol(text_of("/proc/sys/kernel/keys/maxkeys"));
    CHECK(most > 0);
    CHECK_EQ(IN_CHILD({
                 become(SOMEBODY + 1);
                 int session = begin();
                 char name[32];
                 long made = 0;
                 for (int i = 0; i < most + 10; i++) {
                     snprintf(name, sizeof name, "moat:%d", i);
                     if (add("user", name, "x", 1, session) < 0) break;
                     made++;
                 }
                 CHECK_EQ(errno, EDQUOT);
                 CHECK(made > most / 2 && made < most);
                 CHECK_OK(ctl(KEYCTL_CLEAR, session, 0, 0, 0));
                 static char large[32767];
                 /* what was cleared may be collected later */
                 EVENTUALLY(add("user", "moat:s", large, 15000, session) > 0);
                 CHECK_ERR(add("user", "moat:t", large, 15000, session), EDQUOT);
             }),
            0);
}

static long ask(const char *type, const char *description, int keyring) {
    if (access("/sbin/request-key", F_OK) == 0) SKIP("there is a program that makes keys");
    return syscall(SYS_request_key, type, description, "callout", keyring);
}

TEST(requestKey_withoutAProgram_leavesANegativeKey) {
    int session = begin();
    CHECK_ERR(ask("user", "moat:n", 0), ENOENT);
    CHECK_ERR(ask("user", "moat:n", 0), ENOKEY);
    CHECK_ERR(request("user", "moat:n", 0), ENOKEY);
    int key = 0;
    REQUIRE(ctl(KEYCTL_READ, session, (long)&key, sizeof key, 0) == sizeof key);
    CHECK(strstr(described(key), ";3f010000;moat:n") != NULL);
    char line[64];
    snprintf(line, sizeof line, "%08x I--Q-N- ", key);
    const char *listed = strstr(text_of("/proc/keys"), line);
    CHECK(listed != NULL);
    CHECK(listed && strstr(listed, "user      moat:n\n") != NULL);
    CHECK_STR(content(key), "ENOKEY");
    CHECK_ERR(ctl(KEYCTL_UPDATE, key, (long)"x", 1, 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_LINK, key, session, 0, 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_REVOKE, key, 0, 0, 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_INVALIDATE, key, 0, 0, 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_SEARCH, session, (long)"user", (long)"moat:n", 0), ENOKEY);
    CHECK_OK(ctl(KEYCTL_SET_TIMEOUT, key, 100, 0, 0));
    CHECK_OK(ctl(KEYCTL_SETPERM, key, POS(ALL) | USR(VIEW), 0, 0));
    CHECK_OK(ctl(KEYCTL_CHOWN, key, -1, getgid(), 0));
    CHECK_EQ(ctl(KEYCTL_GET_SECURITY, key, 0, 0, 0), 1);
    CHECK_EQ(add("user", "moat:n", "there", 5, session), key);
    CHECK_STR(content(key), "there");
    CHECK_EQ(ask("user", "moat:n", 0), key);
    CHECK_ERR(ask("keyring", "moat:r", 0), EPERM);
    CHECK_ERR(ask("nothing", "moat:r", 0), ENOKEY);
    CHECK_ERR(ask("logon", "plain", 0), EINVAL);
    CHECK_ERR(ask("user", "", 0), EINVAL);
    /* once its time is over, it is asked for anew */
    CHECK_ERR(ask("user", "moat:t", session), ENOENT);
    int keys[2];
    REQUIRE(ctl(KEYCTL_READ, session, (long)keys, sizeof keys, 0) == sizeof keys);
    CHECK_OK(ctl(KEYCTL_SET_TIMEOUT, keys[0] == key ? keys[1] : keys[0], 1, 0, 0));
    EVENTUALLY(ask("user", "moat:t", session) < 0 && errno == ENOENT);
    CHECK_ERR(ask("user", "moat:t", session), ENOKEY);
}

TEST(requestKey_needsLeaveToAdd) {
    int session = begin();
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, session));
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, ring));
    CHECK_OK(ctl(KEYCTL_SETPERM, key, POS(ALL & ~LINK) | USR(VIEW), 0, 0));
    CHECK_ERR(request("user", "moat:a", session), EACCES);
    CHECK_EQ(request("user", "moat:a", 0), key);
    CHECK_OK(ctl(KEYCTL_SETPERM, KEY_SPEC_SESSION_KEYRING, POS(SEARCH | READ | VIEW), 0, 0));
    CHECK_OK(ctl(KEYCTL_SET_REQKEY_KEYRING, KEY_REQKEY_DEFL_SESSION_KEYRING, 0, 0, 0));
    CHECK_ERR(ask("user", "moat:n", 0), EACCES);
    CHECK_ERR(ask("user", "moat:n", session), EACCES);
    CHECK_EQ(ctl(KEYCTL_READ, session, 0, 0, 0), 4);
    CHECK_OK(ctl(KEYCTL_SET_REQKEY_KEYRING, KEY_REQKEY_DEFL_PROCESS_KEYRING, 0, 0, 0));
    CHECK_ERR(ask("user", "moat:n", 0), ENOENT);
    CHECK_EQ(ctl(KEYCTL_READ, KEY_SPEC_PROCESS_KEYRING, 0, 0, 0), 4);
}

TEST(makingKeys_isForThoseAsked) {
    begin();
    CHECK_ERR(ctl(KEYCTL_INSTANTIATE, 1, 0, 0, 0), EPERM);
    CHECK_ERR(ctl(KEYCTL_INSTANTIATE, 1, 8, 1 << 20, 0), EINVAL);
    CHECK_ERR(ctl(KEYCTL_INSTANTIATE_IOV, 1, 0, 0, 0), EPERM);
    CHECK_ERR(ctl(KEYCTL_INSTANTIATE_IOV, 1, 8, 1, 0), EFAULT);
    CHECK_ERR(ctl(KEYCTL_NEGATE, 1, 0, 0, 0), EPERM);
    CHECK_ERR(ctl(KEYCTL_REJECT, 1, 0, EKEYREJECTED, 0), EPERM);
    CHECK_ERR(ctl(KEYCTL_REJECT, 1, 0, 0, 0), EINVAL);
    CHECK_ERR(ctl(KEYCTL_REJECT, 1, 0, 512, 0), EINVAL);
}

TEST(restricted_takesNoMore) {
    int session = begin();
    int ring = REQUIRE_OK(add("keyring", "moat:r", NULL, 0, session));
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    int in = REQUIRE_OK(add("user", "moat:in", "x", 1, ring));
    CHECK_ERR(ctl(KEYCTL_RESTRICT_KEYRING, ring, 0, (long)"x", 0), EINVAL);
    CHECK_ERR(ctl(KEYCTL_RESTRICT_KEYRING, ring, (long)"user", 0, 0), EINVAL);
    CHECK_ERR(ctl(KEYCTL_RESTRICT_KEYRING, ring, (long)"user", (long)"x", 0), ENOENT);
    CHECK_ERR(ctl(KEYCTL_RESTRICT_KEYRING, ring, (long)"nothing", (long)"x", 0), ENOKEY);
    CHECK_ERR(ctl(KEYCTL_RESTRICT_KEYRING, ring, (long)".user", (long)"x", 0), EPERM);
    CHECK_ERR(ctl(KEYCTL_RESTRICT_KEYRING, key, 0, 0, 0), ENOTDIR);
    CHECK_OK(ctl(KEYCTL_RESTRICT_KEYRING, ring, 0, 0, 0));
    CHECK_ERR(ctl(KEYCTL_RESTRICT_KEYRING, ring, 0, 0, 0), EEXIST);
    CHECK_ERR(add("user", "moat:in", "y", 1, ring), EPERM);
    CHECK_ERR(add("user", "moat:b", "y", 1, ring), EPERM);
    CHECK_ERR(ctl(KEYCTL_LINK, key, ring, 0, 0), EPERM);
    CHECK_ERR(ctl(KEYCTL_MOVE, key, session, ring, 0), EPERM);
    CHECK_ERR(request("user", "moat:a", ring), EPERM);
    CHECK(holds(session, key) && !holds(ring, key));
    CHECK_OK(ctl(KEYCTL_UPDATE, in, (long)"z", 1, 0));
    CHECK_OK(ctl(KEYCTL_UNLINK, in, ring, 0, 0));
    CHECK_OK(ctl(KEYCTL_CLEAR, ring, 0, 0, 0));
    CHECK_ERR(ctl(KEYCTL_LINK, key, ring, 0, 0), EPERM);
}

TEST(persistentKeyring_staysWithoutSessions) {
    need_root();
    int session = begin();
    int mine = ctl(KEYCTL_GET_PERSISTENT, -1, session, 0, 0);
    if (mine < 0 && errno == EOPNOTSUPP) SKIP("no persistent keyrings");
    REQUIRE(mine > 0);
    CHECK(holds(session, mine));
    CHECK(strstr(described(mine), ";0;65534;1f030000;_persistent.0") != NULL);
    CHECK_EQ(ctl(KEYCTL_GET_PERSISTENT, getuid(), session, 0, 0), mine);
    char line[64];
    snprintf(line, sizeof line, "%08x I------ ", mine);
    CHECK(strstr(text_of("/proc/keys"), line) != NULL);
    CHECK(atol(text_of("/proc/sys/kernel/keys/persistent_keyring_expiry")) > 0);
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, mine));
    CHECK_ERR(ctl(KEYCTL_GET_PERSISTENT, -1, key, 0, 0), ENOTDIR);
    CHECK_ERR(ctl(KEYCTL_GET_PERSISTENT, -1, 0, 0, 0), EINVAL);
    begin();
    CHECK_ERR(request("user", "moat:a", 0), ENOKEY);
    CHECK_EQ(ctl(KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_PROCESS_KEYRING, 0, 0), mine);
    CHECK_EQ(request("user", "moat:a", 0), key);
    CHECK_OK(ctl(KEYCTL_UNLINK, key, mine, 0, 0));
    int other = REQUIRE_OK(ctl(KEYCTL_GET_PERSISTENT, SOMEBODY, KEY_SPEC_SESSION_KEYRING, 0, 0));
    CHECK(other != mine);
    CHECK_EQ(IN_CHILD({
                 become(SOMEBODY);
                 begin();
                 CHECK_EQ(ctl(KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_SESSION_KEYRING, 0, 0), other);
                 CHECK_ERR(ctl(KEYCTL_GET_PERSISTENT, 0, KEY_SPEC_SESSION_KEYRING, 0, 0), EPERM);
             }),
            0);
}

static void *idle(void *end) {
    char byte;
    return (void *)(long)read(*(int *)end, &byte, 1);
}

TEST(session_toTheParent) {
    need_root();
    int session = begin();
    CHECK_EQ(IN_CHILD({ CHECK_OK(ctl(KEYCTL_SESSION_TO_PARENT, 0, 0, 0, 0)); }), 0);
    CHECK_EQ(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0), session);
    int ends[2];
    pipe(ends);
    CHECK_EQ(IN_CHILD({
                 int own = begin();
                 REQUIRE_OK(add("user", "moat:given", "x", 1, own));
                 CHECK_OK(ctl(KEYCTL_SESSION_TO_PARENT, 0, 0, 0, 0));
                 write(ends[1], &own, sizeof own);
             }),
            0);
    int given = 0;
    REQUIRE(read(ends[0], &given, sizeof given) == sizeof given);
    CHECK(given != session);
    CHECK_EQ(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0), given);
    CHECK(request("user", "moat:given", 0) > 0);
    CHECK_EQ(IN_CHILD({
                 become(SOMEBODY);
                 begin();
                 CHECK_ERR(ctl(KEYCTL_SESSION_TO_PARENT, 0, 0, 0, 0), EPERM);
             }),
            0);
    /* not to one with threads */
    pthread_t id;
    REQUIRE(pthread_create(&id, NULL, idle, &ends[0]) == 0);
    CHECK_EQ(IN_CHILD({
                 begin();
                 CHECK_ERR(ctl(KEYCTL_SESSION_TO_PARENT, 0, 0, 0, 0), EPERM);
             }),
            0);
    write(ends[1], "", 1);
    pthread_join(id, NULL);
    CHECK_EQ(ctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0), given);
}

TEST(bigKeys_holdMuch) {
    int session = begin();
    static char much[100000];
    static char back[100000];
    memset(much, 'm', sizeof much);
    long key = add("big_key", "moat:b", much, sizeof much, session);
    if (key < 0 && errno == ENODEV) SKIP("no big keys");
    REQUIRE(key > 0);
    CHECK_EQ(ctl(KEYCTL_READ, key, (long)back, sizeof back, 0), sizeof back);
    CHECK(memcmp(much, back, sizeof back) == 0);
    CHECK(strstr(text_of("/proc/keys"), "big_key   moat:b: 100000 [file]\n") != NULL);
    CHECK_ERR(add("big_key", "moat:c", "", 0, session), EINVAL);
    CHECK_OK(ctl(KEYCTL_UPDATE, key, (long)"little", 6, 0));
    CHECK_STR(content(key), "little");
    CHECK(strstr(text_of("/proc/keys"), "big_key   moat:b: 6 [buff]\n") != NULL);
}

TEST(quota_canBeReachedExactly) {
    need_root();
    CHECK_EQ(IN_CHILD({
                 become(SOMEBODY + 2);
                 REQUIRE_OK(add("user", "moat:first", "x", 1, KEY_SPEC_THREAD_KEYRING));
                 long most = atol(text_of("/proc/sys/kernel/keys/maxkeys"));
                 char user[32];
                 char name[32];
                 snprintf(user, sizeof user, "%5d: ", SOMEBODY + 2);
                 int uses, keys, counted;
                 const char *line = strstr(text_of("/proc/key-users"), user);
                 REQUIRE(line != NULL);
                 REQUIRE(sscanf(line + 7, "%d %d/%*d %d/", &uses, &keys, &counted) == 3);
                 CHECK_EQ(uses, keys);
                 for (long i = counted; i < most; i++) {
                     snprintf(name, sizeof name, "moat:%ld", i);
                     REQUIRE_OK(add("user", name, "x", 1, KEY_SPEC_THREAD_KEYRING));
                 }
                 CHECK_ERR(add("user", "moat:last", "x", 1, KEY_SPEC_THREAD_KEYRING), EDQUOT);
             }),
            0);
}

TEST(whatIsNotBuiltIn_isRefused) {
    int session = begin();
    int key = REQUIRE_OK(add("user", "moat:a", "x", 1, session));
    char query[64];
    CHECK_ERR(ctl(KEYCTL_PKEY_QUERY, key, 0, (long)"", (long)query), EOPNOTSUPP);
}

TEST(requestDestination_isKept) {
    begin();
    CHECK_EQ(ctl(KEYCTL_SET_REQKEY_KEYRING, -1, 0, 0, 0), 0);
    CHECK_EQ(ctl(KEYCTL_SET_REQKEY_KEYRING, KEY_REQKEY_DEFL_SESSION_KEYRING, 0, 0, 0), 0);
    CHECK_EQ(ctl(KEYCTL_SET_REQKEY_KEYRING, -1, 0, 0, 0), KEY_REQKEY_DEFL_SESSION_KEYRING);
    CHECK_ERR(ctl(KEYCTL_SET_REQKEY_KEYRING, KEY_REQKEY_DEFL_GROUP_KEYRING, 0, 0, 0), EINVAL);
    CHECK_ERR(ctl(KEYCTL_ASSUME_AUTHORITY, 5, 0, 0, 0), ENOKEY);
    CHECK_OK(ctl(KEYCTL_ASSUME_AUTHORITY, 0, 0, 0, 0));
}

TEST(procKeys_listsThem) {
    int session = begin();
    int key = REQUIRE_OK(add("user", "moat:listed", "four", 4, session));
    char line[64];
    snprintf(line, sizeof line, "%08x I--Q---     1 perm 3f010000", key);
    const char *found = strstr(text_of("/proc/keys"), line);
    CHECK(found != NULL);
    CHECK(found && strstr(found, "user      moat:listed: 4\n") != NULL);
    snprintf(line, sizeof line, "%5d: ", getuid());
    CHECK(strstr(text_of("/proc/key-users"), line) != NULL);
    unsigned char known[4] = {9, 9, 9, 9};
    CHECK_EQ(ctl(KEYCTL_CAPABILITIES, (long)known, 4, 0, 0), 2);
    CHECK_EQ(known[0] & KEYCTL_CAPS0_CAPABILITIES, KEYCTL_CAPS0_CAPABILITIES);
    CHECK_EQ(known[3], 0);
}
