#pragma once
// A listing: one thing to sell, its photos, what the machine reads from them and what a person says. Values and pure
// rules only: no I/O, no clock of its own.
//
//   received --job starts--> drafting --fields found--> draft --a person--> approved
//      ^                        |                        | ^  \--a person--> rejected
//      |                        v                        | +--any edit of approved or rejected brings it back--+
//      +------reanalyze------ failed                     +--reanalyze--> drafting
//   every state --trash--> trashed --restore--> the state before
//
// `received` has photos kept and a job waiting; a missing model leaves it there, nothing is lost. `failed` says why.

#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/bounds.hpp"
#include "core/clock.hpp"
#include "core/id.hpp"
#include "core/money.hpp"
#include "photo/photo.hpp"

namespace vitrine::listing {

using ListingId = Id<struct ListingTag>;
using photo::PhotoId;

enum class State { received, drafting, draft, approved, rejected, failed, trashed };
BOOST_DESCRIBE_ENUM(State, received, drafting, draft, approved, rejected, failed, trashed)

enum class Language { en, it };
BOOST_DESCRIBE_ENUM(Language, en, it)

// Where it will be sold; each has a pack of rules, data/rules_<market>.json.
enum class Market { vinted, ebay, depop };
BOOST_DESCRIBE_ENUM(Market, vinted, ebay, depop)

// Who gave a field its value. `none`: nobody yet, and `ask` says what would fill it.
enum class Source { none, label_text, classifier, colours, composed, person };
BOOST_DESCRIBE_ENUM(Source, none, label_text, classifier, colours, composed, person)

// Proof of a field: where it was seen. A box is [x, y, w, h] in pixels of the upright original; no box means the whole
// photo. No photo means the evidence is other fields.
struct Evidence {
    std::optional<PhotoId> photo;
    std::optional<std::vector<double>> box;
    std::optional<std::string> text;  // as read from the photo
    std::string why;                  // a short sentence in the listing's language
};
BOOST_DESCRIBE_STRUCT(Evidence, (), (photo, box, text, why))

// A field of a draft. `value` is what counts: the person's when there is one, else the machine's, else nothing.
template <class T>
struct Field {
    std::optional<T> value;
    double confidence = 0;
    std::vector<Evidence> evidence;
    Source source = Source::none;
    std::optional<std::string> ask;  // when empty: what to photograph or to say
    std::optional<T> machine;        // what the machine found, kept beside a person's value
    BOOST_DESCRIBE_CLASS(Field, (), (value, confidence, evidence, source, ask, machine), (), ())
};

struct Material {
    std::string fibre;  // catalogue key
    std::optional<Bounded<1, 100>> percent;
    bool operator==(const Material&) const = default;
};
BOOST_DESCRIBE_STRUCT(Material, (), (fibre, percent))

struct Fields {
    Field<std::string> category;  // catalogue key
    Field<std::string> brand;
    Field<std::string> size;                  // as the label says it, with its system: "EU 38", "M", "W32 L34"
    Field<std::vector<std::string>> colours;  // catalogue keys, the main one first
    Field<std::vector<Material>> materials;
    Field<std::string> condition;  // catalogue key; never filled by a machine
    Field<std::string> title;
    Field<std::string> description;
    Field<std::vector<std::string>> tags;
    Field<Money> price;  // a person's, until comparables arrive
};
BOOST_DESCRIBE_STRUCT(Fields, (), (category, brand, size, colours, materials, condition, title, description, tags, price))

// What a rule of a market says about this draft.
enum class Severity { block, warn };
BOOST_DESCRIBE_ENUM(Severity, block, warn)
struct Remark {
    std::string rule;    // "vinted.too_few_photos"
    std::string market;  // "vinted"
    Severity severity = Severity::warn;
    std::string message;      // what is wrong and what to do, in the listing's language
    std::string reason;       // why the rule exists
    std::string rule_source;  // where the rule was read, with the date seen; "unverified" when nobody has
    bool verified = false;
    std::optional<PhotoId> photo;
    std::optional<std::vector<double>> box;
};
BOOST_DESCRIBE_STRUCT(Remark, (), (rule, market, severity, message, reason, rule_source, verified, photo, box))

struct Photo {
    PhotoId id;
    std::string sha256;
    photo::Format format = photo::Format::jpeg;
    int width = 0, height = 0;  // upright
    std::int64_t bytes = 0;
    std::string file_name;  // as it came; data only
};
BOOST_DESCRIBE_STRUCT(Photo, (), (id, sha256, format, width, height, bytes, file_name))

// A listing in short, where another one names it.
struct Brief {
    ListingId id;
    State state = State::received;
    std::optional<std::string> title;
    std::optional<PhotoId> photo_id;  // the primary one
    Time created_at;
};
BOOST_DESCRIBE_STRUCT(Brief, (), (id, state, title, photo_id, created_at))

// What tells that two listings show one thing: a photo file that is in both, a shot that is in both and was saved anew, or
// photos that look like the same thing.
enum class Alike { same_file, same_photo, same_item };
BOOST_DESCRIBE_ENUM(Alike, same_file, same_photo, same_item)

// An earlier listing that seems to show the same thing: the person may own it already. A warning, never a block, and gone
// once a person says that the two are different things.
struct Twin {
    Brief listing;
    Alike alike = Alike::same_item;
    double score = 0;  // cosine of what the photos look like
};
BOOST_DESCRIBE_STRUCT(Twin, (), (listing, alike, score))

struct Listing {
    ListingId id;
    State state = State::received;
    Language language = Language::en;
    Market market = Market::vinted;
    std::vector<Photo> photos;  // the first is the primary one
    Fields fields;
    std::vector<Remark> remarks;
    std::optional<std::string> problem;     // of a failed draft, in words
    std::optional<ListingId> duplicate_of;  // the earlier listing with the same photos, when it was made `again`
    std::vector<Twin> twins;                // best first; known soon after the draft, those of the same file at once
    std::optional<std::string> job;         // the job that drafts it, while one waits or runs
    std::int64_t version = 1;               // counts every change; the ETag
    std::string created_by;
    Time created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(Listing, (),
                      (id, state, language, market, photos, fields, remarks, problem, duplicate_of, twins, job, version, created_by,
                       created_at, updated_at))

// What a person sets by PATCH: absent leaves a field, null gives it back to the machine, a value overrides it.
struct Corrections {
    std::optional<Nullable<Text<1, 80>>> category;
    std::optional<Nullable<Text<1, 80>>> brand;
    std::optional<Nullable<Text<1, 40>>> size;
    std::optional<Nullable<std::vector<Text<1, 40>>>> colours;
    std::optional<Nullable<std::vector<Material>>> materials;
    std::optional<Nullable<Text<1, 40>>> condition;
    std::optional<Nullable<Text<1, 120>>> title;
    std::optional<Nullable<Text<1, 4000>>> description;
    std::optional<Nullable<std::vector<Text<1, 40>>>> tags;
    std::optional<Nullable<Money>> price;
    std::optional<Language> language;
    std::optional<Market> market;
};
BOOST_DESCRIBE_STRUCT(Corrections, (),
                      (category, brand, size, colours, materials, condition, title, description, tags, price, language, market))

// Which moves a person may make; an error says what to do instead. Errors: listing.state.
Result<State> approve(State);
Result<State> reject(State);
Result<State> trash(State);
// The state after an edit: an approved or rejected listing is a draft again.
State after_edit(State);

}  // namespace vitrine::listing
