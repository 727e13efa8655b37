#include "catalog/catalog.hpp"

#include <gtest/gtest.h>

#include <set>

#include "catalog/text.hpp"

namespace vitrine::catalog {
namespace {

const Catalog& words() {
    static const Catalog catalog;
    return catalog;
}

std::string key_of(const Category* category) {
    return category ? std::string(category->key) : "none";
}

TEST(Categories, NameEveryClothingClassOfThePhotos) {
    for (auto label : {"T-Shirt", "Pants", "Longsleeve", "Shoes", "Dress", "Shorts", "Shirt", "Outwear", "Skirt", "Polo", "Hat",
                       "Undershirt", "Hoodie", "Blazer", "Body", "Top", "Blouse"})
        EXPECT_NE(words().category_for_clothing_label(label), nullptr) << label;
    EXPECT_EQ(key_of(words().category_for_clothing_label("T-Shirt")), "t_shirt");
    EXPECT_EQ(words().category_for_clothing_label("Not sure"), nullptr);
}

TEST(Categories, NameEveryProductOfTheGroceryPhotos) {
    EXPECT_EQ(words().products().size(), 81u);
    std::set<std::string_view> coarse;
    for (const Product& product : words().products()) {
        coarse.insert(product.coarse);
        EXPECT_TRUE(is_within(*product.category, "groceries")) << product.label;
    }
    EXPECT_EQ(coarse.size(), 43u);
    EXPECT_EQ(key_of(words().category_for_product("Golden-Delicious")), "apple");
    EXPECT_EQ(words().product("Tropicana-Apple-Juice")->brand, "Tropicana");
    EXPECT_EQ(words().category_for_product("Stone"), nullptr);
}

TEST(Categories, NameTheNetworksOwnClassesByTheirStandardPlaces) {
    struct {
        int index;
        const char* key;
    } known[] = {{414, "backpack"}, {608, "jeans"},      {610, "t_shirt"}, {770, "running_shoes"},
                 {504, "mug"},      {850, "teddy_bear"}, {954, "banana"},  {999, "household_paper"}};
    for (auto [index, key] : known) EXPECT_EQ(key_of(words().category_for_imagenet(index)), key) << index;
    for (int nobody_sells : {0, 207, 388, 497, 970, 981}) EXPECT_EQ(words().category_for_imagenet(nobody_sells), nullptr) << nobody_sells;
    EXPECT_EQ(words().category_for_imagenet(-1), nullptr);
    EXPECT_EQ(words().category_for_imagenet(1000), nullptr);
    int mapped = 0;
    for (int i = 0; i < 1000; ++i) mapped += words().category_for_imagenet(i) ? 1 : 0;
    EXPECT_GE(mapped, 450);
}

TEST(Categories, NameTheDetectorsClasses) {
    EXPECT_EQ(key_of(words().category_for_coco(46)), "banana");
    EXPECT_EQ(key_of(words().category_for_coco(56)), "chair");
    EXPECT_EQ(words().category_for_coco(0), nullptr) << "nobody sells people";
}

TEST(Categories, HaveAKeyOfTheirOwnAndANameInEveryLanguage) {
    std::set<std::string_view> keys;
    for (const Category& category : words().categories()) {
        EXPECT_TRUE(keys.insert(category.key).second) << category.key;
        for (Language language : languages) EXPECT_FALSE(category.names.shown(language).empty()) << category.key;
    }
}

TEST(Categories, ShowNoTwoThingsUnderOneName) {
    for (Language language : languages) {
        std::set<std::string> shown;
        for (const Category& category : words().categories())
            EXPECT_TRUE(shown.insert(fold(category.names.shown(language))).second)
                << code_of(language) << ' ' << category.names.shown(language);
    }
}

TEST(Categories, InheritWhatTheyDoNotSay) {
    EXPECT_TRUE(words().category("jeans")->applies.size);
    EXPECT_EQ(words().category("jeans")->sizes, SizeFamily::bottom);
    EXPECT_FALSE(words().category("banana")->applies.brand);
    EXPECT_TRUE(words().category("milk")->applies.brand);
    EXPECT_FALSE(words().category("handbag")->applies.size);
}

TEST(Categories, AreFoundByAWordInAnyLanguage) {
    struct {
        const char* said;
        Language language;
        const char* key;
    } people[] = {{"hoodie", Language::en, "hoodie"},     {"felpa con cappuccio", Language::it, "hoodie"},
                  {"maglietta", Language::it, "t_shirt"}, {"Hose", Language::de, "trousers"},
                  {"robe", Language::fr, "dress"},        {"zapatillas", Language::es, "trainers"},
                  {"jeens", Language::en, "jeans"},       {"T-shirts", Language::en, "t_shirt"},
                  {"scarpe", Language::it, "shoes"},      {"camicie", Language::it, "shirt"},
                  {"Kleid", Language::de, "dress"},       {"MOCHILA", Language::es, "backpack"},
                  {"écharpe", Language::fr, "scarf"},     {"echarpe", Language::fr, "scarf"},
                  {"glace", Language::fr, "ice_cream"},   {"melanzana", Language::it, "aubergine"},
                  {"felpa", Language::en, "sweatshirt"}};
    for (auto [said, language, key] : people) {
        auto found = words().find_categories(said, language);
        ASSERT_FALSE(found.empty()) << said;
        EXPECT_EQ(found.front().category->key, key) << said;
    }
    EXPECT_TRUE(words().find_categories("xqzw", Language::en).empty());
    EXPECT_TRUE(words().find_categories("", Language::en).empty());
}

TEST(Names, AreTheOnesAShopWouldShow) {
    EXPECT_EQ(words().category_name("t_shirt", Language::es), "Camiseta");
    EXPECT_EQ(words().colour_name("navy", Language::it), "Blu scuro");
    EXPECT_EQ(words().fibre_name("cotton", Language::de), "Baumwolle");
    EXPECT_EQ(words().condition_name("very_good", Language::fr), "Très bon état");
    EXPECT_EQ(words().category_name("no_such_key", Language::en), "no_such_key");
}

TEST(Conditions, GoFromBestToWorst) {
    ASSERT_EQ(words().conditions().size(), 5u);
    for (std::size_t i = 1; i < 5; ++i) EXPECT_LT(words().conditions()[i].rank, words().conditions()[i - 1].rank);
    EXPECT_EQ(words().condition("new_with_tags")->rank, 5);
    EXPECT_EQ(words().condition("mint"), nullptr);
    for (Language language : languages) EXPECT_FALSE(words().condition("good")->help.shown(language).empty());
}

TEST(Load, SaysWhichLineOfWhichFileIsWrong) {
    const EmbeddedFile files[] = {{"data/categories.tsv",
                                   "key\tparent\tsizes\tapplies\ten\tit\tfr\tde\tes\n"
                                   "hat\tclothing\t\t\tHat\tCappello\tChapeau\tHut\tSombrero\n"}};
    auto loaded = Catalog::load(files);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, "catalog.bad_data");
    EXPECT_EQ(loaded.error().path, "data/categories.tsv:2");
}

TEST(Load, RefusesAFileThatIsNotThere) {
    auto loaded = Catalog::load({});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().path, "data/categories.tsv:0");
}

}  // namespace
}  // namespace vitrine::catalog
