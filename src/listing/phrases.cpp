#include "listing/phrases.hpp"

namespace vitrine::listing {
namespace {

constexpr Phrases english{
    .ask_category = "Not sure what this is. Photograph the whole item laid flat, or choose the category.",
    .ask_brand = "No brand read. Photograph the label in the neck or waistband, close and in focus.",
    .ask_size = "No size read. Photograph the size label, close and in focus.",
    .ask_colours = "Not sure of the colour. Photograph the item in daylight on a plain ground.",
    .ask_materials = "No material read. Photograph the care label.",
    .ask_condition = "Say what condition it is in: only you can see and feel it.",
    .ask_title = "A title follows once the category is known, or write one.",
    .ask_price = "Set a price.",
    .ask_printed_brand = "The item says {}. If that is its brand, type it, or photograph the label.",
    .why_category = "The photo looks like: {}.",
    .why_product = "The photo looks like the product {}.",
    .why_imagenet = "The photo looks like: {}.",
    .why_brand = "The label says \"{}\".",
    .why_printed = "The item says \"{}\".",
    .why_size = "The label says \"{}\".",
    .why_materials = "The label says \"{}\".",
    .why_colour = "{} covers {} % of the item.",
    .why_composed = "Put together from the other fields.",
    .line_size = "Size: {}",
    .line_colour = "Colour: {}",
    .line_materials = "Material: {}",
    .line_condition = "Condition: {}",
    .title_size = "size {}",
    .and_word = "and",
};

constexpr Phrases italian{
    .ask_category = "Non è chiaro che cosa sia. Fotografa tutto l'articolo steso in piano, o scegli la categoria.",
    .ask_brand = "Nessuna marca letta. Fotografa da vicino e a fuoco l'etichetta nel collo o in vita.",
    .ask_size = "Nessuna taglia letta. Fotografa da vicino e a fuoco l'etichetta della taglia.",
    .ask_colours = "Il colore non è sicuro. Fotografa l'articolo alla luce del giorno su un fondo neutro.",
    .ask_materials = "Nessun materiale letto. Fotografa l'etichetta di lavaggio.",
    .ask_condition = "Di' in che condizioni è: solo tu puoi vederlo e toccarlo.",
    .ask_title = "Il titolo arriva quando si conosce la categoria, oppure scrivilo tu.",
    .ask_price = "Metti un prezzo.",
    .ask_printed_brand = "Sull'articolo c'è scritto {}. Se è la marca, scrivila, o fotografa l'etichetta.",
    .why_category = "Nella foto sembra: {}.",
    .why_product = "Nella foto sembra il prodotto {}.",
    .why_imagenet = "Nella foto sembra: {}.",
    .why_brand = "L'etichetta dice \"{}\".",
    .why_printed = "Sull'articolo c'è scritto \"{}\".",
    .why_size = "L'etichetta dice \"{}\".",
    .why_materials = "L'etichetta dice \"{}\".",
    .why_colour = "{} copre il {} % dell'articolo.",
    .why_composed = "Composto dagli altri campi.",
    .line_size = "Taglia: {}",
    .line_colour = "Colore: {}",
    .line_materials = "Materiale: {}",
    .line_condition = "Condizioni: {}",
    .title_size = "taglia {}",
    .and_word = "e",
};

}  // namespace

const Phrases& phrases(Language language) {
    switch (language) {
        case Language::en:
            return english;
        case Language::it:
            return italian;
    }
    return english;
}

}  // namespace vitrine::listing
