/** The volume of a service's pod that stands for one which the image declares. */
export const imageVolume = 'lithopod-volume-of-the-image';
