#include "listing/listing_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/utf8.hpp"

namespace vitrine::listing {

Listing Stored::shown() const {
    Listing listing;
    listing.id = id;
    listing.state = state;
    listing.language = language;
    listing.market = market;
    listing.photos = photos;
    listing.fields = fields();
    listing.remarks = remarks;
    listing.problem = problem;
    listing.duplicate_of = duplicate_of;
    listing.twins = twins;
    listing.job = job;
    listing.version = version;
    listing.created_by = created_by;
    listing.created_at = created_at;
    listing.updated_at = updated_at;
    return listing;
}

std::string photos_key(const std::vector<Photo>& photos) {
    std::vector<std::string> hashes;
    for (const auto& photo : photos) hashes.push_back(photo.sha256);
    std::ranges::sort(hashes);
    return fmt::format("{}", fmt::join(hashes, "+"));
}

namespace rows {
namespace {

using store::Bind;
using store::Row;
using store::Statement;

template <class T>
Result<T> column(const Row& row, std::string_view name) {
    return json::read<T>(TRY(row.json(name)));
}

template <class E>
Result<E> enum_column(const std::string& text) {
    if (auto value = json::enum_of<E>(text)) return *value;
    return Error{Kind::corrupt, "listing.corrupt", fmt::format("A stored listing says \"{}\", which this version does not know.", text)};
}

Result<Stored> read(const Row& row) {
    Stored stored;
    stored.id = row.id<ListingId>("id");
    stored.workspace = row.id<WorkspaceId>("workspace_id");
    stored.state = TRY(enum_column<State>(row.text("state")));
    if (auto before = row.text_if("state_before")) stored.state_before = TRY(enum_column<State>(*before));
    stored.language = TRY(enum_column<Language>(row.text("language")));
    stored.market = TRY(enum_column<Market>(row.text("market")));
    stored.rules_version = row.whole("rules_version");
    stored.machine = TRY(column<Fields>(row, "machine"));
    stored.product = row.text("product");
    stored.person = TRY(column<Corrections>(row, "person"));
    stored.facts = TRY(column<std::vector<PhotoFacts>>(row, "facts"));
    stored.remarks = TRY(column<std::vector<Remark>>(row, "remarks"));
    stored.problem = row.text_if("problem");
    stored.photos_key = row.text("photos_key");
    stored.duplicate_of = row.id_if<ListingId>("duplicate_of");
    stored.job = row.text_if("job_id");
    stored.version = row.whole("version");
    stored.created_by = row.text("created_by");
    stored.created_at = row.time("created_at");
    stored.updated_at = row.time("updated_at");
    return stored;
}

Result<Photo> read_photo(const Row& row) {
    Photo photo;
    photo.id = row.id<PhotoId>("id");
    photo.sha256 = row.text("sha256");
    photo.format = TRY(enum_column<photo::Format>(row.text("format")));
    photo.width = static_cast<int>(row.whole("width"));
    photo.height = static_cast<int>(row.whole("height"));
    photo.bytes = row.whole("bytes");
    photo.file_name = row.text("file_name");
    return photo;
}

// Of a row with the listing's columns and its primary photo's id.
Result<Brief> read_brief(const Row& row, std::string_view id) {
    Brief brief;
    brief.id = row.id<ListingId>(id);
    brief.state = TRY(enum_column<State>(row.text("state")));
    brief.title = overlay(TRY(column<Fields>(row, "machine")), TRY(column<Corrections>(row, "person"))).title.value;
    brief.photo_id = row.id_if<PhotoId>("photo_id");
    brief.created_at = row.time("created_at");
    return brief;
}

constexpr Statement photos_of{"listing.photos", "SELECT * FROM photos WHERE listing_id = :listing ORDER BY position"};

Result<std::vector<Twin>> twins_of(store::Transaction& tx, const ListingId& id) {
    static constexpr Statement statement{"listing.twins", R"(
        SELECT p.earlier_id, p.alike, p.score, l.state, l.machine, l.person, l.created_at,
               (SELECT id FROM photos WHERE listing_id = l.id ORDER BY position LIMIT 1) AS photo_id
        FROM listing_pairs p JOIN listings l ON l.id = p.earlier_id
        WHERE p.later_id = :id AND p.alike IS NOT NULL AND p.different_at IS NULL AND l.state <> 'trashed'
        ORDER BY p.score DESC, p.earlier_id)"};
    std::vector<Twin> twins;
    for (const auto& row : TRY(tx.rows(statement, {id})))
        twins.push_back({TRY(read_brief(row, "earlier_id")), TRY(enum_column<Alike>(row.text("alike"))), row.real("score")});
    return twins;
}

Result<Stored> with_photos(store::Transaction& tx, const Row& row) {
    auto stored = TRY(read(row));
    for (const auto& photo : TRY(tx.rows(photos_of, {stored.id}))) stored.photos.push_back(TRY(read_photo(photo)));
    stored.twins = TRY(twins_of(tx, stored.id));
    return stored;
}

// What is searched: the texts in force, and the catalogue keys that people type too.
std::string search_words(const Fields& fields) {
    std::vector<std::string> words;
    auto add = [&](const auto& field) {
        if (field.value) words.push_back(*field.value);
    };
    add(fields.title), add(fields.description), add(fields.brand), add(fields.size), add(fields.category);
    if (fields.tags.value)
        for (const auto& tag : *fields.tags.value) words.push_back(tag);
    if (fields.colours.value)
        for (const auto& colour : *fields.colours.value) words.push_back(colour);
    return fmt::format("{}", fmt::join(words, " \n"));
}

std::string missing_column(const Fields& fields) {
    return fmt::format(",{},", fmt::join(missing(fields), ","));
}

// A person's words, parted by single spaces: no character of them is an operator of a full text search.
std::string search_terms(std::string_view words) {
    std::vector<std::string> terms;
    std::string term;
    auto flush = [&] {
        if (!term.empty()) terms.push_back(term);
        term.clear();
    };
    for (char c : words) {
        bool separator = static_cast<unsigned char>(c) < 0x80 && !std::isalnum(static_cast<unsigned char>(c));
        if (separator)
            flush();
        else
            term += c;
    }
    flush();
    return fmt::format("{}", fmt::join(terms, " "));
}

}  // namespace

Result<Stored> find(store::Transaction& tx, const WorkspaceId& workspace, const ListingId& id) {
    static constexpr Statement statement{"listing.find", "SELECT * FROM listings WHERE id = :id AND workspace_id = :workspace"};
    auto row = TRY(tx.row_or(statement, {id, workspace}, "listing.not_found", "There is no listing with this id."));
    return with_photos(tx, row);
}

Result<Stored> find_to_change(store::Transaction& tx, const WorkspaceId& workspace, const ListingId& id) {
    TRY(tx.lock("listing " + to_string(id)));
    return find(tx, workspace, id);
}

Result<std::optional<ListingId>> find_by_photos(store::Transaction& tx, const WorkspaceId& workspace, const std::string& key) {
    static constexpr Statement statement{
        "listing.find_by_photos",
        "SELECT id FROM listings WHERE workspace_id = :workspace AND photos_key = :key AND state <> 'trashed' ORDER BY id LIMIT 1"};
    auto row = TRY(tx.row(statement, {workspace, key}));
    if (!row) return std::optional<ListingId>{};
    return std::optional<ListingId>{row->id<ListingId>("id")};
}

Result<StoredPage> list(store::Transaction& tx, const WorkspaceId& workspace, const ListFilter& filter) {
    // One statement for every combination: an absent filter is NULL and lets everything through. Every word must occur,
    // the last may be a beginning.
    static constexpr Statement statement{"listing.list", R"(
        SELECT * FROM listings WHERE workspace_id = :workspace
        AND (id < :cursor OR :cursor IS NULL)
        AND (state = :state OR (:state IS NULL AND state <> 'trashed'))
        AND (category = :category OR :category IS NULL)
        AND (brand = :brand COLLATE NOCASE OR :brand IS NULL)
        AND (instr(missing, :missing) > 0 OR :missing IS NULL)
        AND (:words IS NULL OR id IN (SELECT listing_id FROM listing_words
             WHERE listing_words MATCH '"' || replace(:words, ' ', '" "') || '" *' AND workspace_id = :workspace))
        ORDER BY id DESC LIMIT :limit)",
                                         R"(
        SELECT * FROM listings WHERE workspace_id = :workspace
        AND (id < :cursor OR :cursor IS NULL)
        AND (state = :state OR (:state IS NULL AND state <> 'trashed'))
        AND (category = :category OR :category IS NULL)
        AND (lower(brand) = lower(:brand) OR :brand IS NULL)
        AND (strpos(missing, :missing) > 0 OR :missing IS NULL)
        AND (CAST(:words AS TEXT) IS NULL OR id IN (SELECT listing_id FROM listing_words
             WHERE found @@ to_tsquery('simple', '''' || replace(trim(listing_search_text(:words)), ' ', ''' & ''') || ''':*')
             AND workspace_id = :workspace))
        ORDER BY id DESC LIMIT :limit)"};
    std::optional<std::string> state, missing, words;
    if (filter.state) state = std::string(json::enum_name(*filter.state));
    if (filter.missing) missing = fmt::format(",{},", *filter.missing);
    if (filter.words) {
        words = search_terms(*filter.words);
        if (words->empty()) words.reset();
    }
    auto found =
        TRY(tx.rows(statement, {workspace, filter.cursor, state, filter.category, filter.brand, missing, words, filter.limit + 1}));
    StoredPage page;
    for (const auto& row : found) {
        if (static_cast<int>(page.listings.size()) == filter.limit) {
            page.next = to_string(page.listings.back().id);
            break;
        }
        page.listings.push_back(TRY(with_photos(tx, row)));
    }
    return page;
}

Result<void> insert(store::Transaction& tx, const Stored& stored) {
    static constexpr Statement statement{"listing.insert",
                                         "INSERT INTO listings (id, workspace_id, state, state_before, language, market, rules_version, "
                                         "machine, product, person, facts, remarks, problem, "
                                         "category, brand,"
                                         " missing, photos_key, duplicate_of, job_id, version, created_by, created_at, updated_at)"
                                         " VALUES (:id, :workspace, :state, NULL, :language, :market, :rules_version, :machine, :product, "
                                         ":person, :facts, :remarks, :problem, :category, :brand,"
                                         " :missing, :photos_key, :duplicate_of, :job, :version, :created_by, :created_at, :updated_at)"};
    static constexpr Statement words{"listing.insert_words",
                                     "INSERT INTO listing_words (listing_id, workspace_id, words) VALUES (:id, :workspace, :words)"};
    auto fields = stored.fields();
    TRY(tx.execute(statement, {stored.id,
                               stored.workspace,
                               json::enum_name(stored.state),
                               json::enum_name(stored.language),
                               json::enum_name(stored.market),
                               stored.rules_version,
                               json::write(stored.machine),
                               stored.product,
                               json::write(stored.person),
                               json::write(stored.facts),
                               json::write(stored.remarks),
                               stored.problem,
                               fields.category.value,
                               fields.brand.value,
                               missing_column(fields),
                               stored.photos_key,
                               stored.duplicate_of,
                               stored.job,
                               stored.version,
                               stored.created_by,
                               stored.created_at,
                               stored.updated_at}));
    TRY(tx.execute(words, {stored.id, stored.workspace, search_words(fields)}));
    return {};
}

Result<void> save(store::Transaction& tx, Stored& stored, Time now) {
    static constexpr Statement statement{
        "listing.save",
        "UPDATE listings SET state = :state, state_before = :state_before, language = :language, market = :market, rules_version = "
        ":rules_version, machine = :machine, product = :product, "
        "person = :person,"
        " facts = :facts, remarks = :remarks, problem = :problem, category = :category, brand = :brand, missing = :missing,"
        " photos_key = :photos_key, job_id = :job, version = :version, updated_at = :updated_at WHERE id = :id"};
    static constexpr Statement words{"listing.save_words", "UPDATE listing_words SET words = :words WHERE listing_id = :id"};
    std::optional<std::string> before;
    if (stored.state_before) before = std::string(json::enum_name(*stored.state_before));
    auto fields = stored.fields();
    stored.version += 1;
    stored.updated_at = now;
    TRY(tx.execute(statement,
                   {json::enum_name(stored.state), before, json::enum_name(stored.language), json::enum_name(stored.market),
                    stored.rules_version, json::write(stored.machine), stored.product, json::write(stored.person),
                    json::write(stored.facts), json::write(stored.remarks), stored.problem, fields.category.value, fields.brand.value,
                    missing_column(fields), stored.photos_key, stored.job, stored.version, stored.updated_at, stored.id}));
    TRY(tx.execute(words, {search_words(fields), stored.id}));
    return {};
}

Result<std::vector<Stored>> reviewed_before(store::Transaction& tx, Market market, std::int64_t rules_version, int limit) {
    // Locked: what a person changes in between would be reviewed by what it was before.
    static constexpr Statement statement{
        "listing.reviewed_before", "SELECT * FROM listings WHERE market = :market AND rules_version < :version LIMIT :limit",
        "SELECT * FROM listings WHERE market = :market AND rules_version < :version LIMIT :limit FOR UPDATE"};
    std::vector<Stored> found;
    for (const auto& row : TRY(tx.rows(statement, {json::enum_name(market), rules_version, limit})))
        found.push_back(TRY(with_photos(tx, row)));
    return found;
}

Result<void> save_remarks(store::Transaction& tx, const Stored& stored) {
    static constexpr Statement statement{"listing.save_remarks",
                                         "UPDATE listings SET remarks = :remarks, rules_version = :version WHERE id = :id"};
    TRY(tx.execute(statement, {json::write(stored.remarks), stored.rules_version, stored.id}));
    return {};
}

Result<void> save_drafted_with(store::Transaction& tx, const ListingId& id, const json::Value& with) {
    static constexpr Statement statement{"listing.save_drafted_with",
                                         "UPDATE listings SET drafted_with = :with, remembered = 1 WHERE id = :id"};
    TRY(tx.execute(statement, {with, id}));
    return {};
}

Result<std::vector<DraftedWith>> drafted_otherwise(store::Transaction& tx, const WorkspaceId& workspace, const json::Value& with,
                                                   const std::optional<ListingId>& after, int limit) {
    static constexpr Statement statement{"listing.drafted_otherwise",
                                         "SELECT id, drafted_with FROM listings WHERE workspace_id = :workspace AND state = 'draft' AND "
                                         "drafted_with <> :with AND id > :after"
                                         " AND EXISTS (SELECT 1 FROM photos WHERE listing_id = listings.id) ORDER BY id LIMIT :limit"};
    std::vector<DraftedWith> found;
    for (const auto& row : TRY(tx.rows(statement, {workspace, with, after ? to_string(*after) : std::string(), limit}))) {
        DraftedWith one{row.id<ListingId>("id"), {}};
        if (!row.text("drafted_with").empty()) one.with = TRY((column<std::map<std::string, std::string>>(row, "drafted_with")));
        found.push_back(std::move(one));
    }
    return found;
}

Result<void> save_photos(store::Transaction& tx, const Stored& stored, Time now) {
    static constexpr Statement clear{"listing.clear_photos", "DELETE FROM photos WHERE listing_id = :listing"};
    static constexpr Statement statement{
        "listing.insert_photo",
        "INSERT INTO photos (id, workspace_id, listing_id, position, sha256, format, width, height, bytes, file_name, created_at)"
        " VALUES (:id, :workspace, :listing, :position, :sha256, :format, :width, :height, :bytes, :file_name, :created_at)"};
    TRY(tx.execute(clear, {stored.id}));
    for (std::size_t i = 0; i < stored.photos.size(); ++i) {
        const auto& photo = stored.photos[i];
        TRY(tx.execute(statement, {photo.id, stored.workspace, stored.id, i, photo.sha256, json::enum_name(photo.format), photo.width,
                                   photo.height, photo.bytes, photo.file_name, now}));
    }
    return {};
}

Result<std::vector<ListingId>> not_remembered(store::Transaction& tx, const WorkspaceId& workspace, int limit) {
    static constexpr Statement statement{
        "listing.not_remembered",
        "SELECT id FROM listings WHERE workspace_id = :workspace AND remembered = 0 AND drafted_with <> '' ORDER BY id LIMIT :limit"};
    std::vector<ListingId> found;
    for (const auto& row : TRY(tx.rows(statement, {workspace, limit}))) found.push_back(row.id<ListingId>("id"));
    return found;
}

Result<std::vector<WorkspaceId>> workspaces_not_remembered(store::Transaction& tx) {
    static constexpr Statement statement{"listing.workspaces_not_remembered",
                                         "SELECT DISTINCT workspace_id FROM listings WHERE remembered = 0 AND drafted_with <> ''"};
    std::vector<WorkspaceId> found;
    for (const auto& row : TRY(tx.rows(statement))) found.push_back(row.id<WorkspaceId>("workspace_id"));
    return found;
}

Result<void> save_remembered(store::Transaction& tx, const ListingId& id) {
    static constexpr Statement statement{"listing.save_remembered", "UPDATE listings SET remembered = 1 WHERE id = :id"};
    TRY(tx.execute(statement, {id}));
    return {};
}

Result<std::optional<Brief>> brief(store::Transaction& tx, const WorkspaceId& workspace, const ListingId& id) {
    static constexpr Statement statement{"listing.brief", R"(
        SELECT id, state, machine, person, created_at,
               (SELECT id FROM photos WHERE listing_id = listings.id ORDER BY position LIMIT 1) AS photo_id
        FROM listings WHERE id = :id AND workspace_id = :workspace AND state <> 'trashed')"};
    auto row = TRY(tx.row(statement, {id, workspace}));
    if (!row) return std::optional<Brief>{};
    return std::optional(TRY(read_brief(*row, "id")));
}

Result<std::vector<ListingId>> with_same_files(store::Transaction& tx, const WorkspaceId& workspace, const ListingId& id) {
    static constexpr Statement statement{"listing.with_same_files", R"(
        SELECT DISTINCT theirs.listing_id FROM photos ours
        JOIN photos theirs ON theirs.workspace_id = ours.workspace_id AND theirs.sha256 = ours.sha256 AND theirs.listing_id <> ours.listing_id
        JOIN listings l ON l.id = theirs.listing_id
        WHERE ours.listing_id = :id AND ours.workspace_id = :workspace AND l.state <> 'trashed'
        ORDER BY theirs.listing_id LIMIT 20)"};
    std::vector<ListingId> found;
    for (const auto& row : TRY(tx.rows(statement, {id, workspace}))) found.push_back(row.id<ListingId>("listing_id"));
    return found;
}

// Ids are of their time: the smaller one is the earlier listing.
Result<void> save_pair(store::Transaction& tx, const WorkspaceId& workspace, const ListingId& one, const ListingId& other, Alike alike,
                       double score) {
    static constexpr Statement statement{"listing.save_pair", R"(
        INSERT INTO listing_pairs (workspace_id, earlier_id, later_id, alike, score) VALUES (:workspace, :earlier, :later, :alike, :score)
        ON CONFLICT (earlier_id, later_id) DO UPDATE SET alike = excluded.alike, score = excluded.score)"};
    TRY(tx.execute(statement, {workspace, std::min(one, other), std::max(one, other), json::enum_name(alike), score}));
    return {};
}

Result<void> forget_pairs(store::Transaction& tx, const ListingId& id) {
    static constexpr Statement forget{"listing.forget_pairs",
                                      "DELETE FROM listing_pairs WHERE (earlier_id = :id OR later_id = :id) AND different_at IS NULL"};
    static constexpr Statement keep_said{"listing.forget_alike",
                                         "UPDATE listing_pairs SET alike = NULL WHERE earlier_id = :id OR later_id = :id"};
    TRY(tx.execute(forget, {id}));
    TRY(tx.execute(keep_said, {id}));
    return {};
}

Result<void> say_different(store::Transaction& tx, const WorkspaceId& workspace, const ListingId& one, const ListingId& other,
                           const std::optional<std::string>& by, Time now) {
    static constexpr Statement statement{"listing.say_different", R"(
        INSERT INTO listing_pairs (workspace_id, earlier_id, later_id, score, different_by, different_at)
        VALUES (:workspace, :earlier, :later, 0, :by, :at)
        ON CONFLICT (earlier_id, later_id) DO UPDATE SET different_by = excluded.different_by, different_at = excluded.different_at)"};
    std::optional<Time> at;
    if (by) at = now;
    TRY(tx.execute(statement, {workspace, std::min(one, other), std::max(one, other), by, at}));
    return {};
}

Result<std::set<ListingId>> said_different(store::Transaction& tx, const WorkspaceId& workspace, const ListingId& id) {
    static constexpr Statement statement{"listing.said_different", R"(
        SELECT CASE WHEN earlier_id = :id THEN later_id ELSE earlier_id END AS other FROM listing_pairs
        WHERE (earlier_id = :id OR later_id = :id) AND workspace_id = :workspace AND different_at IS NOT NULL)"};
    std::set<ListingId> others;
    for (const auto& row : TRY(tx.rows(statement, {id, workspace}))) others.insert(row.id<ListingId>("other"));
    return others;
}

Result<PhotoOwner> find_photo(store::Transaction& tx, const WorkspaceId& workspace, const PhotoId& id) {
    static constexpr Statement statement{"listing.find_photo", "SELECT * FROM photos WHERE id = :id AND workspace_id = :workspace"};
    auto row = TRY(tx.row_or(statement, {id, workspace}, "photo.not_found", "There is no photo with this id."));
    return PhotoOwner{workspace, TRY(read_photo(row))};
}

Result<void> log_corrections(store::Transaction& tx, const Stored& stored, const std::vector<Correction>& corrections,
                             const std::string& person, Time now) {
    static constexpr Statement statement{
        "listing.log_correction",
        "INSERT INTO corrections (workspace_id, listing_id, field, machine_value, person_value, person, at)"
        " VALUES (:workspace, :listing, :field, :machine, :person_value, :person, :at)"};
    auto text = [](const json::Value& value) { return value.is_null() ? std::optional<std::string>{} : std::optional(json::print(value)); };
    for (const auto& correction : corrections)
        TRY(tx.execute(statement,
                       {stored.workspace, stored.id, correction.field, text(correction.machine), text(correction.person), person, now}));
    return {};
}

}  // namespace rows
}  // namespace vitrine::listing
