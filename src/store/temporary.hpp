#pragma once
// For tests, of this room and others: a database in a place of its own, gone with it. The place is a folder; or, where
// VITRINE_TEST_DATABASE names a PostgreSQL server ("postgres://..."), a schema of that database.

#include <stdlib.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "store/database.hpp"
#include "store/postgres_connection.hpp"

namespace vitrine::store {

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "vitrine_XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

// Where a database of a test is. Processes and queues of one test that share a database open it with the same options().
class TemporaryPlace {
public:
    TemporaryPlace() {
        const char* server = std::getenv("VITRINE_TEST_DATABASE");
        if (server == nullptr || *server == '\0') return;
        auto schema = "test_" + to_string(make_uuid_v7());
        std::string address = server;
        address += address.find('?') == std::string::npos ? '?' : '&';
        server_ = address + "options=-csearch_path%3D%22" + schema + "%22";  // made by the first that opens it
    }
    ~TemporaryPlace() {
        if (server_.empty()) return;
        constexpr auto drop = "DO $$ BEGIN EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', current_schema()); END $$";
        if (auto connection = PostgresConnection::open(server_, std::chrono::seconds{5})) (void)(*connection)->script("test.drop", drop);
    }
    TemporaryPlace(const TemporaryPlace&) = delete;
    TemporaryPlace& operator=(const TemporaryPlace&) = delete;

    const std::filesystem::path& folder() const { return folder_.path(); }
    std::filesystem::path file() const { return folder_ / "vitrine.db"; }
    bool is_server() const { return !server_.empty(); }
    Options options() const { return is_server() ? Options{.server = server_} : Options{.file = file()}; }

private:
    TemporaryFolder folder_;
    std::string server_;
};

// Throws when it cannot be opened or migrated, because a test has nothing else to do then.
class TemporaryDatabase {
public:
    explicit TemporaryDatabase(std::vector<Migrations> rooms = {}, Metrics* metrics = nullptr)
        : rooms_(std::move(rooms)), metrics_(metrics) {
        open();
    }

    Database& operator*() { return *database_; }
    Database* operator->() { return database_.get(); }
    const TemporaryPlace& place() const { return place_; }
    std::filesystem::path file() const { return place_.file(); }

    // As after a clean end of the process.
    void reopen() {
        database_.reset();
        open();
    }

private:
    void open() {
        auto options = place_.options();
        options.metrics = metrics_;
        auto opened = Database::open(options);
        if (!opened) throw std::runtime_error(opened.error().message);
        database_ = std::move(opened).value();
        if (auto migrated = database_->migrate(rooms_); !migrated) throw std::runtime_error(migrated.error().message);
    }

    TemporaryPlace place_;
    std::vector<Migrations> rooms_;
    Metrics* metrics_;
    std::unique_ptr<Database> database_;
};

}  // namespace vitrine::store
