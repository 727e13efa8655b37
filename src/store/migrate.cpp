#include "store/migrate.hpp"

#include <sodium.h>

#include <charconv>

namespace vitrine::store {
namespace {

std::string sha256_of(std::string_view bytes) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    std::string text;
    for (auto byte : hash) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
    return text;
}

constexpr std::string_view folder = "migrations/", ending = ".sql", postgres_ending = ".postgres.sql";

Result<Migration> read_name(std::string_view room, const EmbeddedFile& file) {
    auto name = file.path.substr(folder.size());
    std::int64_t number = 0;
    auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (failed != std::errc{} || end != name.data() + 4 || !name.substr(4).starts_with('_') || !name.ends_with(ending))
        return Error{Kind::internal, "store.migration_misnamed", "A migration is called NNNN_name.sql.",
                     fmt::format("{}/{}", room, file.path)};
    return Migration{std::string(room), number, std::string(name), sha256_of(file.bytes), file.bytes};
}

}  // namespace

Result<std::vector<Migration>> list_migrations(std::span<const Migrations> rooms, Engine engine) {
    std::vector<Migration> known;
    for (const auto& room : rooms) {
        std::vector<Migration> own, instead;
        for (const auto& file : room.files)
            if (file.path.starts_with(folder))
                (file.path.ends_with(postgres_ending) ? instead : own).push_back(TRY(read_name(room.room, file)));
        std::ranges::sort(own, {}, &Migration::number);
        for (std::size_t i = 0; i < own.size(); ++i)
            if (own[i].number != static_cast<std::int64_t>(i) + 1)
                return Error{Kind::internal, "store.migration_misnamed", "Migrations are numbered from 0001, without a gap or a repeat.",
                             fmt::format("{}/{}", room.room, own[i].name)};
        for (auto& other : instead) {
            auto plain = other.name.substr(0, other.name.size() - postgres_ending.size()) + std::string(ending);
            auto same = std::ranges::find(own, plain, &Migration::name);
            if (same == own.end())
                return Error{Kind::internal, "store.migration_misnamed", "A migration for PostgreSQL stands beside the one for SQLite.",
                             fmt::format("{}/{}", room.room, other.name)};
            if (engine == Engine::postgres) *same = std::move(other);
        }
        std::ranges::move(own, std::back_inserter(known));
    }
    return known;
}

Result<std::vector<Migration>> missing_migrations(const std::vector<Migration>& known, const std::vector<Applied>& applied) {
    for (const auto& done : applied) {
        auto same = std::ranges::find_if(known, [&](const auto& one) { return one.room == done.room && one.number == done.number; });
        auto path = fmt::format("{}/{}", done.room, done.name);
        if (same == known.end())
            return Error{
                Kind::conflict, "store.downgrade",
                fmt::format("The database was written by a newer vitrine: it holds {}, which this one does not know. Start the newer "
                            "version, or restore a backup made before the upgrade.",
                            path),
                path};
        if (same->sha256 != done.sha256)
            return Error{
                Kind::conflict, "store.migration_changed",
                fmt::format("{} was applied to this database and has been edited since. Put the file back as it was and write a new "
                            "migration instead.",
                            path),
                path};
    }
    std::vector<Migration> missing;
    for (const auto& one : known)
        if (std::ranges::none_of(applied, [&](const auto& done) { return one.room == done.room && one.number == done.number; }))
            missing.push_back(one);
    return missing;
}

}  // namespace vitrine::store
