/** The formats that vitrine reads, for file pickers. */
export const photoKinds = ['image/jpeg', 'image/png', 'image/webp', 'image/heic', 'image/heif', 'image/avif'].join(',');
